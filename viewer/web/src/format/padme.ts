// Padmé lengths (FORMAT.md §2): the size of a sealed document says little about what stands in it.

export function padme(length: number): number {
  if (length < 2) return length;
  const e = Math.floor(Math.log2(length));
  const s = Math.floor(Math.log2(e)) + 1;
  const step = 2 ** Math.max(0, e - s);
  return Math.ceil(length / step) * step;
}

/** A JSON document followed by spaces up to its Padmé length. */
export function padDocument(json: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(padme(json.length)).fill(0x20);
  out.set(json);
  return out;
}
