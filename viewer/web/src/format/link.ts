// What stands in the link, and the same secret typed by hand. FORMAT.md §4.

import { fromBase64url } from './bytes.ts';
import { decode, encode, isCheckSymbol } from './crockford.ts';

export const SECRET_LENGTH = 32;
export const HANDLE_LENGTH = 16;

export const handleToText = (handle: Uint8Array): string => encode(handle).toLowerCase();

export const handleFromText = (text: string): Uint8Array<ArrayBuffer> | null => decode(text, HANDLE_LENGTH);

/**
 * The link secret out of `#1.…`, or null. Mail programs add things behind a link (a full stop, a bracket, a
 * tracking parameter), so what follows the 43 symbols is ignored unless it would make the secret longer.
 */
export function secretFromFragment(fragment: string): Uint8Array<ArrayBuffer> | null {
  const found = /^#?1\.([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/.exec(fragment);
  const secret = found ? fromBase64url(found[1]!) : null;
  return secret?.length === SECRET_LENGTH ? secret : null;
}

/** 52 symbols and their check symbol. Null for anything that is not a message key with its right check symbol. */
export function secretFromMessageKey(typed: string): Uint8Array<ArrayBuffer> | null {
  // A sentence's marks come along when a key is pasted; none of them is a symbol.
  const symbols = typed.normalize('NFKC').replace(/[\s\u00ad\u200b-\u200d\u2060\ufeff\u2010-\u2015\u2212.,;:'"<>()[\]-]/g, '');
  if (symbols.length !== 53) return null;
  const secret = decode(symbols.slice(0, 52), SECRET_LENGTH);
  if (!secret) return null;
  return isCheckSymbol(symbols[52]!, secret) ? secret : null;
}
