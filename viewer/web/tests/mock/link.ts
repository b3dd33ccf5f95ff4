// What the gateway makes of a grant and the browser only reads: links, message keys, references, reply keys.
// FORMAT.md §3, §4.

import { ed25519 } from '@noble/curves/ed25519.js';
import { toBase64url } from '../../src/format/bytes.ts';
import { checkSymbol, encode } from '../../src/format/crockford.ts';

export const fragmentOf = (secret: Uint8Array): string => `#1.${toBase64url(secret)}`;

/** 52 symbols in groups of four, then the check symbol as a group of its own. */
export const messageKeyOf = (secret: Uint8Array): string => [...encode(secret).match(/.{1,4}/g)!, checkSymbol(secret)].join('-');

export { referenceOf } from '../../src/format/reference.ts';

export const replyPublicOf = (seed: Uint8Array): Uint8Array => ed25519.getPublicKey(seed);
