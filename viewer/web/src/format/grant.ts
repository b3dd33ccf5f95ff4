// The link grant: what the link secret becomes, and how the two halves make the seed again. FORMAT.md §3.
// Every label of the browser's side stands in this file and in `reply.ts`.

import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, lp, utf8, wipe, xor } from './bytes.ts';

/** The two ids that the server names after the passcode. */
export interface Ids {
  readonly message: Uint8Array;
  readonly recipient: Uint8Array;
}

/** HKDF-SHA-256 (RFC 5869), empty salt, 32 octets. */
const derive = (secret: Uint8Array, label: string, context: Uint8Array): Uint8Array<ArrayBuffer> =>
  hkdf(sha256, secret, new Uint8Array(0), concat(utf8(label), context), 32) as Uint8Array<ArrayBuffer>;

const context = (ids: Ids) => concat(lp('sealpost/v1'), lp(ids.message), lp(ids.recipient));

export const padOf = (secret: Uint8Array, ids: Ids) => derive(secret, 'split', context(ids));

export const replySeedOf = (secret: Uint8Array, ids: Ids) => derive(secret, 'reply', context(ids));

/** Bound to the handle: it is shown before the server names the ids. */
export const openProofOf = (secret: Uint8Array, handle: Uint8Array) =>
  derive(secret, 'open', concat(lp('sealpost/v1'), lp(handle)));

/** Where a draft lies in the reader's browser: tells nobody without the link which message it belongs to. */
export const draftIdOf = (secret: Uint8Array, handle: Uint8Array) =>
  derive(secret, 'draft id', concat(lp('sealpost/v1'), lp(handle)));

/** The seed of the identity that this recipient's copies of its own replies are sealed to. Needs both halves, too. */
export function copySeedOf(secret: Uint8Array, seed: Uint8Array, ids: Ids): Uint8Array<ArrayBuffer> {
  const both = concat(secret, seed);
  const copySeed = derive(both, 'sent copy', context(ids));
  wipe(both);
  return copySeed;
}

/** Needs both halves: whoever has the browser and the link still needs a code to read a draft (decision 0024). */
export function draftKeyOf(secret: Uint8Array, seed: Uint8Array, ids: Ids): Uint8Array<ArrayBuffer> {
  const both = concat(secret, seed);
  const key = derive(both, 'draft', context(ids));
  wipe(both);
  return key;
}

/** seed = server share xor pad. */
export function joinSeed(secret: Uint8Array, share: Uint8Array, ids: Ids): Uint8Array<ArrayBuffer> {
  const pad = padOf(secret, ids);
  const seed = xor(share, pad);
  wipe(pad);
  return seed;
}
