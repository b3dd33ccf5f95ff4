// Bundles the tests (they are TypeScript, as the sources are) and runs them with Node's own runner.
// `node scripts/test.mjs` runs tests/*.test.ts; `node scripts/test.mjs browser` runs tests/browser/*.test.ts.

import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('..', import.meta.url));
const kind = process.argv[2] === 'browser' ? 'tests/browser' : 'tests';
const only = process.argv.slice(process.argv[2] === 'browser' ? 3 : 2);
// Inside node_modules, so that what stays outside the bundles is found from there.
const out = join(here, 'node_modules/.cache', kind.replace('/', '-'));
rmSync(out, { recursive: true, force: true });

const entryPoints = readdirSync(join(here, kind))
  .filter((name) => name.endsWith('.test.ts') && (only.length === 0 || only.some((word) => name.includes(word))))
  .map((name) => join(kind, name));
await build({
  absWorkingDir: here,
  entryPoints,
  outdir: out,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
});
const tests = readdirSync(out).map((name) => join(out, name));
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=1', ...tests], { cwd: here, stdio: 'inherit' });
process.exitCode = status ?? 1;
