// Undoes a part's transfer encoding (RFC 2045 §6), piece by piece, as the chunks of the message come in.

import { concat } from '../format/bytes.ts';
import type { Encoding } from '../format/view.ts';

export interface Decoder {
  push(piece: Uint8Array): Uint8Array;
  finish(): Uint8Array;
}

export function decoder(encoding: Encoding): Decoder {
  if (encoding === 'base64') return new Base64Decoder();
  if (encoding === 'quoted-printable') return new QuotedPrintableDecoder();
  return { push: (piece) => piece, finish: () => new Uint8Array(0) };
}

const BASE64 = new Uint8Array(256).fill(0xff);
for (let i = 0; i < 64; i++) BASE64['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.charCodeAt(i)] = i;
const PAD = 0x3d;

/** Symbols outside the alphabet are skipped, as §6.8 asks. Padding ends a group; what follows begins a new one. */
class Base64Decoder implements Decoder {
  private held = 0;
  private symbols = 0;

  push(piece: Uint8Array): Uint8Array {
    const out = new Uint8Array(Math.ceil(((piece.length + 3) * 3) / 4));
    let length = 0;
    for (const octet of piece) {
      const value = BASE64[octet]!;
      if (value < 64) {
        this.held = ((this.held << 6) | value) & 0xffffff;
        this.symbols += 1;
        if (this.symbols === 4) {
          out[length++] = this.held >> 16;
          out[length++] = this.held >> 8;
          out[length++] = this.held;
          this.symbols = 0;
        }
      } else if (octet === PAD) {
        const rest = this.finish();
        out.set(rest, length);
        length += rest.length;
      }
    }
    return out.subarray(0, length);
  }

  finish(): Uint8Array {
    const { held, symbols } = this;
    this.symbols = 0;
    if (symbols === 2) return Uint8Array.of(held >> 4);
    if (symbols === 3) return Uint8Array.of(held >> 10, held >> 2);
    return new Uint8Array(0);
  }
}

const [CR, LF, SPACE, TAB, EQUALS] = [0x0d, 0x0a, 0x20, 0x09, 0x3d];

/** Space at the end of a line was added on the way and goes; an escape that is none stays as it stands (§6.7). */
class QuotedPrintableDecoder implements Decoder {
  /** What cannot be judged before more comes: white space, or an escape cut in two. */
  private waiting: Uint8Array = new Uint8Array(0);

  push(piece: Uint8Array): Uint8Array {
    return this.decode(this.waiting.length === 0 ? piece : concat(this.waiting, piece), false);
  }

  finish(): Uint8Array {
    return this.decode(this.waiting, true);
  }

  private decode(octets: Uint8Array, ends: boolean): Uint8Array {
    const out = new Uint8Array(octets.length);
    let length = 0;
    let at = 0;
    this.waiting = new Uint8Array(0);
    while (at < octets.length) {
      const octet = octets[at]!;
      if (octet === EQUALS) {
        const blank = skipBlanks(octets, at + 1);
        if (!ends && (blank >= octets.length || (octets[blank] === CR && blank + 1 >= octets.length) || (blank === at + 1 && at + 2 >= octets.length))) {
          this.waiting = octets.slice(at);
          break;
        }
        if (blank >= octets.length) break;
        if (octets[blank] === LF || (octets[blank] === CR && octets[blank + 1] === LF)) {
          at = blank + (octets[blank] === LF ? 1 : 2);
          continue;
        }
        const value = hexPair(octets, at + 1);
        out[length++] = value ?? EQUALS;
        at += value === null ? 1 : 3;
      } else if (octet === SPACE || octet === TAB) {
        const blank = skipBlanks(octets, at);
        if (!ends && (blank >= octets.length || (octets[blank] === CR && blank + 1 >= octets.length))) {
          this.waiting = octets.slice(at);
          break;
        }
        const lineEnds = blank >= octets.length || octets[blank] === LF || (octets[blank] === CR && octets[blank + 1] === LF);
        if (!lineEnds) {
          out.set(octets.subarray(at, blank), length);
          length += blank - at;
        }
        at = blank;
      } else {
        out[length++] = octet;
        at += 1;
      }
    }
    return out.subarray(0, length);
  }
}

function skipBlanks(octets: Uint8Array, at: number): number {
  while (octets[at] === SPACE || octets[at] === TAB) at += 1;
  return at;
}

function hexPair(octets: Uint8Array, at: number): number | null {
  const pair = String.fromCharCode(octets[at] ?? 0, octets[at + 1] ?? 0);
  return /^[0-9A-Fa-f]{2}$/.test(pair) ? parseInt(pair, 16) : null;
}
