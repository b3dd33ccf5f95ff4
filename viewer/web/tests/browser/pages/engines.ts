// The two ways of opening a chunk, side by side in a worker-less page.

import { nativeWorks, type Engine } from '../../../src/age/cipher.ts';
import { AgeReader } from '../../../src/age/reader.ts';
import { seal } from '../../../src/age/seal.ts';
import { identityOf } from '../../../src/format/profile.ts';
import { identityToRecipient } from 'age-encryption';

declare global {
  interface Window {
    engines: typeof engines;
  }
}

const engines = {
  nativeWorks,
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
