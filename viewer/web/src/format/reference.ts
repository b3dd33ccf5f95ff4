// The reference on pages and mails: `K7Q-4MDX`. FORMAT.md §4; a reply's is made of its id in place of the handle.

import { sha256 } from '@noble/hashes/sha2.js';
import { concat, utf8 } from './bytes.ts';
import { encode } from './crockford.ts';

export function referenceOf(id: Uint8Array): string {
  const symbols = encode(sha256(concat(utf8('sealpost reference'), id)));
  return `${symbols.slice(0, 3)}-${symbols.slice(3, 7)}`;
}
