// Opening and sealing age files: public vectors, sizes around the chunk, ranges, and everything that must be refused.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { identityToRecipient } from 'age-encryption';
import * as vectors from 'cctv-age';
import { Damaged } from '../src/age/damaged.ts';
import { openWhole } from '../src/age/open.ts';
import { AgeReader, type Source } from '../src/age/reader.ts';
import { canSealTo, seal } from '../src/age/seal.ts';
import { identityOf } from '../src/format/profile.ts';
import { octets, sealTo } from './mock/message.ts';

type Octets = Uint8Array<ArrayBuffer>;

const sourceOf = (sealed: Uint8Array): Source => ({ size: sealed.length, read: async (start, end) => sealed.slice(start, end) as Octets });

async function readAll(reader: AgeReader, offset = 0, length = reader.size): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of reader.read(offset, length)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

describe('C2SP/CCTV vectors for age', () => {
  /** What does not follow the vectors, by name and way of opening. Exact: a name too many fails as well. */
  const DEVIATIONS: Record<string, string> = {};

  const parse = (file: Uint8Array) => {
    const text = Buffer.from(file);
    const end = text.indexOf('\n\n');
    const fields = text.subarray(0, end).toString().split('\n').map((line) => line.split(/: (.*)/s) as [string, string]);
    const of = (key: string) => fields.filter(([name]) => name === key).map(([, value]) => value);
    const body = text.subarray(end + 2);
    return { of, body: new Uint8Array(of('compressed')[0] === 'zlib' ? inflateSync(body) : body) };
  };

  const found: Record<string, string> = {};
  let tried = 0;
  for (const [name, file] of Object.entries(vectors as unknown as Record<string, Uint8Array>)) {
    const { of, body } = parse(file);
    // Sealpost's files are binary and go to a native identity: armour and passphrases do not apply.
    if (of('armored').length > 0 || of('passphrase').length > 0) continue;
    tried += 1;
    test(name, async () => {
      const expected = of('expect')[0] === 'success' ? of('payload')[0]! : 'refused';
      const ways: [string, (identity: string) => Promise<Uint8Array>][] = [
        ['whole', (identity) => openWhole(body, identity)],
        ['by range', async (identity) => readAll(await AgeReader.open(sourceOf(body), identity))],
      ];
      for (const [way, open] of ways) {
        let got = 'refused';
        for (const identity of of('identity')) {
          try {
            got = sha256(await open(identity));
          } catch (error) {
            assert.ok(error instanceof Damaged, `one uniform error, not ${String(error)}`);
          }
        }
        if (got !== expected) found[`${name}, ${way}`] = got === 'refused' ? 'refused' : 'accepted';
      }
    });
  }
  test('the deviations are exactly the known ones', () => {
    assert.ok(tried > 75, `${tried} vectors applied`);
    assert.deepEqual(found, DEVIATIONS);
  });
});

const identities = {
  mlkem768x25519: identityOf('mlkem768x25519', octets(32)),
  x25519: identityOf('x25519', octets(32)),
};

for (const [profile, identity] of Object.entries(identities)) {
  describe(`round trips with ${profile}`, () => {
    for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072, 10_000_000]) {
      test(`${size} octets`, async () => {
        const plain = octets(size);
        const { blob, sha256: digest } = await seal(await identityToRecipient(identity), plain);
        const sealed = new Uint8Array(await blob.arrayBuffer());
        assert.equal(Buffer.from(digest).toString('hex'), sha256(sealed));
        assert.ok(Buffer.from(await openWhole(sealed, identity)).equals(Buffer.from(plain)));
        const reader = await AgeReader.open(sourceOf(sealed), identity);
        assert.equal(reader.size, size);
        assert.ok((await readAll(reader)).equals(Buffer.from(plain)));
      });
    }
  });
}

describe('ranges', () => {
  const SIZE = 2_500_000;
  const identity = identities.x25519;
  const plain = octets(SIZE);
  const opened = (async () => {
    const sealed = await sealTo(identity, plain);
    const reads: [number, number][] = [];
    const reader = await AgeReader.open({ size: sealed.length, read: async (a, b) => (reads.push([a, b]), sealed.slice(a, b)) }, identity);
    return { sealed, reads, reader };
  })();

  for (const [offset, length] of [
    [0, 1], [0, 65_536], [65_535, 2], [65_536, 65_536], [100_000, 1_500_000], [SIZE - 1, 1], [SIZE - 70_000, 70_000], [SIZE, 0], [0, 0], [0, SIZE],
  ] as const) {
    test(`${length} from ${offset}`, async () => {
      const { reader } = await opened;
      assert.ok((await readAll(reader, offset, length)).equals(Buffer.from(plain.subarray(offset, offset + length))));
    });
  }
  test('fetch the wanted chunks and no others', async () => {
    const { reader, reads, sealed } = await opened;
    reads.length = 0;
    await readAll(reader, 65_536 * 3 + 10, 65_536);
    assert.equal(reads.length, 1);
    const payload = sealed.length - 2_500_000 - 16 * 39;
    assert.deepEqual(reads[0], [payload + 3 * 65_552, payload + 5 * 65_552]);
  });
  test('beyond the end are refused', async () => {
    const { reader } = await opened;
    for (const [offset, length] of [[SIZE, 1], [0, SIZE + 1], [-1, 2], [5, -1]] as const) await assert.rejects(readAll(reader, offset, length), Damaged);
  });
});

describe('what is refused', () => {
  const identity = identities.mlkem768x25519;
  const CHUNK = 65_552;
  const plain = octets(200_000);
  const made = sealTo(identity, plain);
  const headerOf = (sealed: Uint8Array) => sealed.length - plain.length - 4 * 16;

  const whole = (sealed: Uint8Array) => openWhole(sealed, identity);
  const ranged = async (sealed: Uint8Array) => readAll(await AgeReader.open(sourceOf(sealed), identity));

  async function refused(sealed: Uint8Array): Promise<void> {
    await assert.rejects(whole(sealed), Damaged);
    await assert.rejects(ranged(sealed), Damaged);
  }

  test('any of several hundred flipped bits, wherever it is', async () => {
    const sealed = await made;
    const header = headerOf(sealed);
    const places = new Set<number>([0, 21, 22, 60, header - 17, header - 16, header - 1, header, header + CHUNK - 1, header + CHUNK, sealed.length - 17, sealed.length - 1]);
    for (let i = 0; i < 120; i++) places.add(Math.floor((i * header) / 120));
    for (let i = 0; i < 60; i++) places.add(header + Math.floor((i * (sealed.length - header)) / 60));
    for (const place of places) {
      const changed = sealed.slice();
      changed[place]! ^= 1 << (place % 8);
      await refused(changed);
    }
  });
  test('a file cut short anywhere, chunk boundaries included', async () => {
    const sealed = await made;
    const header = headerOf(sealed);
    for (const length of [0, 1, 21, 22, 500, header - 16, header - 1, header, header + 15, header + 16, header + CHUNK, header + CHUNK + 1, header + 3 * CHUNK, header + 3 * CHUNK + 16, sealed.length - 1]) {
      await refused(sealed.slice(0, length));
    }
  });
  test('anything behind the end', async () => {
    const sealed = await made;
    for (const more of [1, 15, 16, 17, CHUNK]) {
      const longer = new Uint8Array(sealed.length + more);
      longer.set(sealed);
      await refused(longer);
    }
  });
  test('chunks that changed places, were doubled or left out', async () => {
    const sealed = await made;
    const header = headerOf(sealed);
    const chunk = (n: number) => sealed.slice(header + n * CHUNK, Math.min(header + (n + 1) * CHUNK, sealed.length));
    for (const order of [[1, 0, 2, 3], [0, 2, 1, 3], [0, 0, 2, 3], [0, 1, 3], [1, 2, 3], [0, 1, 2], [3]]) {
      await refused(new Uint8Array(Buffer.concat([sealed.slice(0, header), ...order.map(chunk)])));
    }
  });
  test('the payload of another file under this header', async () => {
    const sealed = await made;
    const other = await sealTo(identity, octets(200_000));
    await refused(new Uint8Array(Buffer.concat([sealed.slice(0, headerOf(sealed)), other.slice(headerOf(other))])));
  });
  test('a file for somebody else', async () => refused(await sealTo(identityOf('mlkem768x25519', octets(32)), plain)));
  test('a file of the other profile', async () => refused(await sealTo(identities.x25519, plain)));
  test('an endless header', async () => refused(new Uint8Array(300_000).fill(0x41)));
  test('nothing of a chunk is released before its tag was right', async () => {
    const sealed = (await made).slice();
    sealed[headerOf(sealed) + CHUNK + 5]! ^= 1;
    const reader = await AgeReader.open(sourceOf(sealed), identity);
    let released = 0;
    await assert.rejects(async () => {
      for await (const piece of reader.read(0, reader.size)) released += piece.length;
    }, Damaged);
    assert.equal(released, 65_536);
  });
});

describe('reply recipients', () => {
  test('native ones only', async () => {
    assert.ok(canSealTo(await identityToRecipient(identities.mlkem768x25519)));
    assert.ok(canSealTo(await identityToRecipient(identities.x25519)));
    for (const bad of ['', 'age1', 'age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e', 'AGE-SECRET-KEY-1', 'ssh-ed25519 AAAA', 'age1pq1abc']) {
      assert.equal(canSealTo(bad), false, bad);
    }
  });
});
