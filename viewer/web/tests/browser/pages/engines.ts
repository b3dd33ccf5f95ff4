// The two ways of opening a chunk, side by side in a worker-less page.

import { nativeWorks, type Engine } from '../../../src/age/cipher.ts';
import { AgeReader } from '../../../src/age/reader.ts';
import { seal } from '../../../src/age/seal.ts';
import { concat, toHex } from '../../../src/format/bytes.ts';
import { identityOf } from '../../../src/format/profile.ts';
import { identityToRecipient } from 'age-encryption';
import * as vectors from 'cctv-age';

const inflated = async (packed: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer());

async function digestOf(sealed: Uint8Array<ArrayBuffer>, identity: string, engine: Engine): Promise<string> {
  const reader = await AgeReader.open({ size: sealed.length, read: async (a, b) => sealed.slice(a, b) }, identity, engine);
  const pieces: Uint8Array[] = [];
  for await (const piece of reader.read(0, reader.size)) pieces.push(piece);
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...pieces))));
}

declare global {
  interface Window {
    engines: typeof engines;
  }
}

interface Tried {
  tried: number;
  /** Vectors that came out otherwise than they say. */
  wrong: string[];
}

const engines = {
  nativeWorks,
  /** The C2SP/CCTV vectors that apply to binary files for native identities (see ../../age.test.ts). */
  async vectors(engine: Engine): Promise<Tried> {
    const outcome: Tried = { tried: 0, wrong: [] };
    for (const [name, file] of Object.entries(vectors as unknown as Record<string, Uint8Array<ArrayBuffer>>)) {
      const end = new TextDecoder('latin1').decode(file).indexOf('\n\n');
      const fields = new TextDecoder().decode(file.subarray(0, end)).split('\n').map((line) => line.split(/: (.*)/s));
      const of = (key: string) => fields.filter(([field]) => field === key).map(([, value]) => value!);
      if (of('armored').length > 0 || of('passphrase').length > 0) continue;
      outcome.tried += 1;
      const packed = file.slice(end + 2);
      const body = of('compressed')[0] === 'zlib' ? await inflated(packed) : packed;
      let got = 'refused';
      for (const identity of of('identity')) {
        got = await digestOf(body, identity, engine).catch(() => got);
      }
      if (got !== (of('expect')[0] === 'success' ? of('payload')[0] : 'refused')) outcome.wrong.push(name);
    }
    return outcome;
  },
  /** Opens a file of `size` octets; gives the seconds it took, and null where it was refused. */
  async open(engine: Engine, size: number, flip: number | null): Promise<{ seconds: number; equal: boolean } | null> {
    const identity = identityOf('mlkem768x25519', crypto.getRandomValues(new Uint8Array(32)));
    const plain = new Uint8Array(size);
    for (let i = 0; i < size; i++) plain[i] = i % 251;
    const sealed = new Uint8Array(await (await seal(await identityToRecipient(identity), plain)).blob.arrayBuffer());
    if (flip !== null) sealed[sealed.length - 1 - flip]! ^= 1;
    const start = performance.now();
    try {
      const reader = await AgeReader.open({ size: sealed.length, read: async (a, b) => sealed.subarray(a, b) }, identity, engine);
      let at = 0;
      let equal = reader.size === size;
      for await (const piece of reader.read(0, size)) {
        equal &&= piece[0] === at % 251 && piece[piece.length - 1] === (at + piece.length - 1) % 251;
        at += piece.length;
      }
      return { seconds: (performance.now() - start) / 1_000, equal: equal && at === size };
    } catch {
      return null;
    }
  },
  async sealing(size: number): Promise<number> {
    const recipient = await identityToRecipient(identityOf('mlkem768x25519', crypto.getRandomValues(new Uint8Array(32))));
    const start = performance.now();
    await seal(recipient, new Uint8Array(size));
    return (performance.now() - start) / 1_000;
  },
};

window.engines = engines;
