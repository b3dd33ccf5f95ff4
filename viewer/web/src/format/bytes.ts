// Octet strings: joining, comparing, wiping, and the two base-64 spellings that the format uses.
// FORMAT.md, Notation.

const text = new TextEncoder();

export const utf8 = (s: string): Uint8Array<ArrayBuffer> => text.encode(s) as Uint8Array<ArrayBuffer>;

export function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Length-prefixed: two octets of length, big-endian, then the octets. */
export function lp(part: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const octets = typeof part === 'string' ? utf8(part) : part;
  if (octets.length > 0xffff) throw new RangeError('too long for a length prefix');
  return concat(Uint8Array.of(octets.length >> 8, octets.length & 0xff), octets);
}

export function xor(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  if (a.length !== b.length) throw new RangeError('lengths differ');
  const out = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = a[i]! ^ b[i]!;
  return out;
}

/** Overwrites secrets. JavaScript may have made copies; this is the part that can be done. */
export function wipe(...secrets: (Uint8Array | null | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}

export function toHex(octets: Uint8Array): string {
  let out = '';
  for (const octet of octets) out += octet.toString(16).padStart(2, '0');
  return out;
}

function toBinary(octets: Uint8Array): string {
  let out = '';
  // In slices: an argument list has a limit in every engine.
  for (let at = 0; at < octets.length; at += 0x8000) {
    out += String.fromCharCode(...octets.subarray(at, at + 0x8000));
  }
  return out;
}

/** RFC 4648 §4, as data: URLs and the view's inline pictures use it. */
export const toBase64 = (octets: Uint8Array): string => btoa(toBinary(octets));

export const toBase64url = (octets: Uint8Array): string =>
  toBase64(octets).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

/** RFC 4648 §5 without padding. Null for padding, white space, other symbols and non-zero trailing bits. */
export function fromBase64url(s: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9_-]*$/.test(s) || s.length % 4 === 1) return null;
  const binary = atob(s.replace(/-/g, '+').replace(/_/g, '/'));
  const out = Uint8Array.from(binary, (c) => c.charCodeAt(0));
  // Only one spelling per value: what encodes differently had bits behind its end.
  return toBase64url(out) === s ? out : null;
}
