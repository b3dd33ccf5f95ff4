// The sent copy: what the writer of a reply may read again on any device. FORMAT.md §7.1.

import { utf8 } from './bytes.ts';
import { padDocument } from './padme.ts';

/** Octets of the document before it is sealed. Padmé of it is itself. */
export const MOST_OF_A_COPY = 262_144;

export interface CopyDocument {
  format: 1;
  reply_id: string;
  message_id: string;
  recipient_id: string;
  created_at: string;
  to: string[];
  text: string;
  /** The text went on; all of it was sent. */
  cut: boolean;
  files: { name: string; type: string; size: number }[];
}

/** What a copy must name to be the one that was asked for. */
export type CopyPlace = Pick<CopyDocument, 'reply_id' | 'message_id' | 'recipient_id'>;

/** The padded document, its text cut to what there is room for; null where not even the rest has room. */
export function copyDocument(whole: Omit<CopyDocument, 'format' | 'cut'>): Uint8Array<ArrayBuffer> | null {
  const octets = (text: string, cut: boolean) => utf8(JSON.stringify({ format: 1, ...whole, text, cut } satisfies CopyDocument));
  const all = whole.text.length <= MOST_OF_A_COPY ? octets(whole.text, false) : null;
  if (all && all.length <= MOST_OF_A_COPY) return padDocument(all);
  // With `false`, the longer word: a text that is cut is shorter than one that is whole.
  const room = MOST_OF_A_COPY - octets('', false).length;
  if (room < 0) return null;
  return padDocument(octets(beginning(whole.text, room), true));
}

/** As much of a text as has room in JSON, not ending inside of a character. */
function beginning(text: string, room: number): string {
  const fits = (length: number) => utf8(JSON.stringify(text.slice(0, length))).length - 2 <= room;
  let [some, more] = [0, Math.min(text.length, room) + 1];
  while (more - some > 1) {
    const half = (some + more) >> 1;
    if (fits(half)) some = half;
    else more = half;
  }
  const last = text.charCodeAt(some - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? some - 1 : some);
}

/** Null for what is no copy, or another one than was asked for. */
export function parseCopy(plain: Uint8Array, place: CopyPlace): CopyDocument | null {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(plain));
  } catch {
    return null;
  }
  if (typeof found !== 'object' || found === null) return null;
  const copy = found as CopyDocument;
  const isPlace = copy.reply_id === place.reply_id && copy.message_id === place.message_id && copy.recipient_id === place.recipient_id;
  if (copy.format !== 1 || !isPlace || typeof copy.text !== 'string' || typeof copy.cut !== 'boolean') return null;
  if (typeof copy.created_at !== 'string' || Number.isNaN(Date.parse(copy.created_at))) return null;
  if (!Array.isArray(copy.to) || !copy.to.every((address) => typeof address === 'string')) return null;
  if (!Array.isArray(copy.files) || !copy.files.every(isFile)) return null;
  return copy;
}

const isFile = (file: unknown): boolean => {
  const { name, type, size } = (file ?? {}) as Record<string, unknown>;
  return typeof name === 'string' && typeof type === 'string' && Number.isSafeInteger(size) && (size as number) >= 0;
};
