// The archive, read back by another program (Python's zipfile).

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { utf8 } from '../src/format/bytes.ts';
import { crc32, Zip } from '../src/format/zip.ts';

async function readBack(zip: Zip): Promise<[string, string, string][]> {
  const folder = mkdtempSync(join(tmpdir(), 'sealpost-zip-'));
  const file = join(folder, 'a.zip');
  writeFileSync(file, Buffer.from(await zip.finish().arrayBuffer()));
  const script =
    'import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n' +
    'print(json.dumps([[i.filename,z.read(i).hex(),"%04d-%02d-%02d %02d:%02d:%02d"%i.date_time] for i in z.infolist()]))';
  const { stdout, stderr } = spawnSync('python3', ['-c', script, file], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  assert.equal(stderr, '');
  return JSON.parse(stdout) as [string, string, string][];
}

test('the check value of CRC-32', () => {
  assert.equal(crc32(utf8('123456789')), 0xcbf43926);
  assert.equal(crc32(utf8('6789'), crc32(utf8('12345'))), 0xcbf43926);
});

test('an archive is read back octet for octet, with names in UTF-8', async () => {
  const zip = new Zip(new Date('2026-11-20T09:12:31Z'));
  const large = new Uint8Array(300_000).map((_, i) => i % 251);
  zip.add('llythyr ŵyŷ 📄.pdf', [utf8('one '), utf8('two')]);
  zip.add('empty', []);
  zip.add('large.bin', [large]);
  assert.deepEqual(await readBack(zip), [
    ['llythyr ŵyŷ 📄.pdf', Buffer.from('one two').toString('hex'), '2026-11-20 09:12:30'],
    ['empty', '', '2026-11-20 09:12:30'],
    ['large.bin', Buffer.from(large).toString('hex'), '2026-11-20 09:12:30'],
  ]);
});

test('an empty archive, and a date before the format knew any', async () => {
  assert.deepEqual(await readBack(new Zip(new Date(0))), []);
  const zip = new Zip(new Date(0));
  zip.add('a', [utf8('a')]);
  assert.equal((await readBack(zip))[0]![2], '1980-01-01 00:00:00');
});

test('a name longer than the format can say is refused', () => {
  const zip = new Zip(new Date(0));
  zip.add('a'.repeat(65_535), []);
  assert.throws(() => zip.add('a'.repeat(65_536), []), RangeError);
});
