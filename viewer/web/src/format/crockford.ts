// Crockford base 32 (https://www.crockford.com/base32.html): handles, message keys, references. FORMAT.md §4.

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Not in the alphabet (the empty string would be found at 0). */
const FOREIGN = '?';
const CHECK_ALPHABET = ALPHABET + '*~$=U';

/** Symbols for all bits of `octets`, first bit first, the last symbol filled up with zeros. Upper case. */
export function encode(octets: Uint8Array): string {
  let out = '';
  let held = 0;
  let bits = 0;
  for (const octet of octets) {
    held = (held << 8) | octet;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += ALPHABET[(held >> bits) & 31];
      held &= (1 << bits) - 1;
    }
  }
  if (bits > 0) out += ALPHABET[(held << (5 - bits)) & 31];
  return out;
}

/** Reads exactly `length` octets. Null for another count of symbols, a foreign symbol, or filling bits that are not zero. */
export function decode(symbols: string, length: number): Uint8Array<ArrayBuffer> | null {
  if (symbols.length !== Math.ceil((length * 8) / 5)) return null;
  const out = new Uint8Array(length);
  let at = 0;
  let held = 0;
  let bits = 0;
  for (const symbol of symbols) {
    const value = ALPHABET.indexOf(fold(symbol));
    if (value < 0) return null;
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out[at++] = held >> bits;
      held &= (1 << bits) - 1;
    }
  }
  return held === 0 ? out : null;
}

/** The value modulo 37, as one symbol of the longer alphabet. */
export function checkSymbol(octets: Uint8Array): string {
  let rest = 0;
  for (const octet of octets) rest = (rest * 256 + octet) % 37;
  return CHECK_ALPHABET[rest]!;
}

/** As forgiving as the other symbols: I and L were meant as 1, O as 0. */
export const isCheckSymbol = (typed: string, octets: Uint8Array): boolean => {
  const right = checkSymbol(octets);
  return typed.toUpperCase() === right || fold(typed) === right;
};

/** Either case; I and L were meant as 1, O as 0. ASCII only: `toUpperCase` alone would take ı for I. */
function fold(symbol: string): string {
  if (!/^[0-9A-Za-z]$/.test(symbol)) return FOREIGN;
  const upper = symbol.toUpperCase();
  if (upper === 'I' || upper === 'L') return '1';
  return upper === 'O' ? '0' : upper;
}
