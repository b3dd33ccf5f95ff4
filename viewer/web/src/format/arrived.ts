// What a link became on its way here. Mail programs wrap and escape links, filters send readers through addresses of
// their own: some of what comes out can be mended, and the message key in the mail is for the rest. FORMAT.md §4.
// `viewer/src/rewritten.rs` has the same rules for its warning.

import { secretFromFragment } from './link.ts';

export interface Arrived {
  /** Null where the address holds none; the server's guess stands then. */
  handle: string | null;
  /** `#1.…`, or the empty string. */
  fragment: string;
  /** The secret stood where servers see it and write it down (PROMISES B1). */
  exposed: boolean;
}

type Address = Pick<Location, 'pathname' | 'search' | 'hash'>;

/** Seen in the wild: `%2523`, from two rewriters one after the other. */
const MOST_ESCAPES = 3;
/** Longer addresses are no links of ours. */
const MOST_CHARACTERS = 4096;

export function arrived({ pathname, search, hash }: Address): Arrived {
  const path = /^\/+[ms]\/+([0-9A-Za-z]{26})(.*)$/s.exec(pathname);
  const seen = fragmentIn((path?.[2] ?? '') + search);
  return { handle: path?.[1] ?? null, fragment: fragmentIn(hash.replace(/^#/, '')) || seen, exposed: seen !== '' };
}

/** A whole link, or its end, pasted where a message key was asked for. */
export const fragmentInWords = (typed: string): string => fragmentIn(typed);

function fragmentIn(text: string): string {
  let layer = text.slice(0, MOST_CHARACTERS);
  for (let escapes = 0; escapes <= MOST_ESCAPES; escapes++) {
    const found = find(layer) || find(unwrapped(layer));
    if (found) return found;
    const inner = unescaped(layer);
    if (inner === layer) break;
    layer = inner;
  }
  return '';
}

/** `1.` where no word ends, and 43 symbols after which none follows. */
function find(text: string): string {
  const found = /(?:^|[^0-9A-Za-z])1\.([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])/.exec(text);
  const fragment = found ? `#1.${found[1]!}` : '';
  return secretFromFragment(fragment) ? fragment : '';
}

/** Line ends that went along: soft ones of quoted-printable (RFC 2045 §6.7), format=flowed, the `>` of a quotation. */
const unwrapped = (text: string): string => text.replace(/=?[\s\u00ad\u200b\u2060\ufeff]+(?:>[\s>]*)?|=(?=[A-Za-z0-9_.-])/g, '');

/** One layer of percent-encoding and of HTML's character references less. What is neither stays. */
const unescaped = (text: string): string =>
  text
    .replace(/(?:%[0-9A-Fa-f]{2})+/g, decoded)
    .replace(/&(?:amp|#38|#x26);/gi, '&')
    .replace(/&(?:num|#35|#x23);/gi, '#')
    .replace(/&(?:period|#46|#x2e);/gi, '.')
    .replace(/&(?:lowbar|#95|#x5f);/gi, '_');

function decoded(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    // Not UTF-8: octet by octet, so that what is ASCII in it is found.
    return escapes.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
  }
}
