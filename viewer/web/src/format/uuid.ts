// Ids are the 16 octets of a UUID (RFC 9562); in text lower case with hyphens.

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function fromUuid(s: string): Uint8Array<ArrayBuffer> | null {
  if (!SHAPE.test(s)) return null;
  const hex = s.replace(/-/g, '');
  return Uint8Array.from({ length: 16 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
