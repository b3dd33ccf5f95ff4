// Bundles and runs tests/browser/phone.ts: how a mail of 35 MB opens on a slow phone. CPU=1 does not slow the processor;
// RUNS=1 opens it once instead of five times, ATTACHMENT=no fetches none.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('..', import.meta.url));
const outfile = join(here, 'node_modules/.cache/phone.mjs');
await build({ absWorkingDir: here, entryPoints: ['tests/browser/phone.ts'], outfile, bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20' });
process.exitCode = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { cwd: here, stdio: 'inherit' }).status ?? 1;
