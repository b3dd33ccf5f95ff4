// Rebuilds the bundle in a temporary directory and compares it with the committed one, octet for octet.

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './build.mjs';

const committed = fileURLToPath(new URL('../dist', import.meta.url));
const rebuilt = mkdtempSync(join(tmpdir(), 'sealpost-bundle-'));
try {
  await bundle(rebuilt);
  const names = [...new Set([...readdirSync(committed), ...readdirSync(rebuilt)])].sort();
  const read = (dir, name) => {
    try {
      return readFileSync(join(dir, name));
    } catch {
      return null;
    }
  };
  const differing = names.filter((name) => {
    const [a, b] = [read(committed, name), read(rebuilt, name)];
    return !a || !b || !a.equals(b);
  });
  for (const name of differing) console.error(`differs: ${name}`);
  if (differing.length > 0) {
    console.error('dist/ is not what the sources build: run `npm run build` and look at the difference.');
    process.exitCode = 1;
  } else {
    console.log(`dist/ is what the sources build: ${names.length} files equal.`);
  }
} finally {
  rmSync(rebuilt, { recursive: true, force: true });
}
