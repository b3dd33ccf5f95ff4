// Bundles and runs tests/browser/screens.ts: `node scripts/screens.mjs DIR` leaves a picture of every page in DIR.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('..', import.meta.url));
const outfile = join(here, 'node_modules/.cache/screens.mjs');
await build({ absWorkingDir: here, entryPoints: ['tests/browser/screens.ts'], outfile, bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node20' });
process.exitCode = spawnSync(process.execPath, [outfile, ...process.argv.slice(2)], { cwd: here, stdio: 'inherit' }).status ?? 1;
