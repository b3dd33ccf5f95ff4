// Builds dist/: for the page of a message and for its sender's page a script and a style sheet each, one script for the
// worker, and an icon, each named by its content.
// Deterministic: the same lockfile and sources give the same octets in any directory. `--out DIR` builds elsewhere.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('..', import.meta.url));

/** The oldest browsers of PAGES: Chrome and Edge 109, Firefox 115, Safari and iOS 15.4. */
const target = ['chrome109', 'firefox115', 'safari15.4'];

export async function bundle(out) {
  const options = {
    absWorkingDir: here,
    bundle: true,
    charset: 'utf8',
    // Licence notices stay with the code that they belong to.
    legalComments: 'eof',
    logLevel: 'warning',
    minify: true,
    target,
    write: false,
  };
  const outputs = await Promise.all([
    build({ ...options, entryPoints: ['src/main.ts'], format: 'esm', outfile: 'main.js' }),
    build({ ...options, entryPoints: ['src/sender.ts'], format: 'esm', outfile: 'sender.js' }),
    // A classic worker: module workers are younger than the oldest browsers.
    build({ ...options, entryPoints: ['src/worker.ts'], format: 'iife', outfile: 'worker.js' }),
    build({ ...options, entryPoints: ['src/style.css'], outfile: 'style.css' }),
    build({ ...options, entryPoints: ['src/sender.css'], outfile: 'sender.css' }),
  ]);
  const files = new Map(outputs.map(({ outputFiles: [file] }) => [file.path.slice(here.length), Buffer.from(file.contents)]));
  files.set('icon.svg', readFileSync(join(here, 'src/icon.svg')));
  // For `sealpost preview`: not in the manifest, so no reader is ever served it.
  const { outputFiles: [preview] } = await build({ ...options, entryPoints: ['src/preview.ts'], format: 'iife', outfile: 'preview.js' });

  const named = [...files].map(([name, content]) => {
    const sha256 = createHash('sha256').update(content).digest('hex');
    const [stem, ending] = name.split('.');
    return { name, content, sha256, file: `${stem}-${sha256.slice(0, 16)}.${ending}` };
  });
  named.sort((a, b) => (a.file < b.file ? -1 : 1));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const { file, content } of named) writeFileSync(join(out, file), content);
  writeFileSync(join(out, 'preview.js'), preview.contents);
  writeFileSync(join(out, 'manifest.json'), `${JSON.stringify(Object.fromEntries(named.map(({ name, file }) => [name, file])), null, 2)}\n`);
  writeFileSync(join(out, 'bundle.sha256'), named.map(({ sha256, file }) => `${sha256}  ${file}\n`).join(''));
  return named;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--out');
  const out = at < 0 ? join(here, 'dist') : resolve(process.argv[at + 1]);
  const { gzipSync } = await import('node:zlib');
  for (const { file, content } of await bundle(out)) {
    console.log(`${file}  ${content.length} octets, ${gzipSync(content, { level: 9 }).length} compressed`);
  }
}
