// A ZIP archive (APPNOTE 6.3) of files that are stored as they are: what mail carries is mostly compressed already.
// Names are UTF-8 (flag bit 11). What is finished is handed to the browser as a Blob, which need not stay in memory.

import { utf8 } from './bytes.ts';

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let i = 0; i < 8; i++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});

/** CRC-32 (ISO 3309), going on from `crc`. */
export function crc32(octets: Uint8Array, crc = 0): number {
  let c = ~crc;
  for (const octet of octets) c = TABLE[(c ^ octet) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}

interface Entry {
  name: Uint8Array<ArrayBuffer>;
  crc: number;
  size: number;
  at: number;
}

/** What four octets of size and two of count can say. A mail is far smaller. */
const MOST_OCTETS = 0xffff_fffe;
const MOST_ENTRIES = 0xfffe;
const VERSION = 20;
const UTF8_NAMES = 0x0800;

export class Zip {
  private readonly pieces: BlobPart[] = [];
  private readonly entries: Entry[] = [];
  private length = 0;

  /** `at`: the date that all entries bear. */
  constructor(private readonly at: Date) {}

  /** `pieces` are not needed by the caller any more: they become one Blob. */
  add(name: string, pieces: Uint8Array<ArrayBuffer>[]): void {
    let crc = 0;
    let size = 0;
    for (const piece of pieces) {
      crc = crc32(piece, crc);
      size += piece.length;
    }
    const entry = { name: utf8(name), crc, size, at: this.length };
    if (this.entries.length >= MOST_ENTRIES || this.length + size > MOST_OCTETS || entry.name.length > 0xffff) throw new RangeError('too much for a ZIP archive');
    this.entries.push(entry);
    this.push(fields([4, 0x04034b50], ...this.common(entry), [2, 0]), entry.name);
    this.pieces.push(new Blob(pieces));
    this.length += size;
  }

  finish(): Blob {
    const start = this.length;
    for (const entry of this.entries) {
      this.push(
        fields([4, 0x02014b50], [2, VERSION], ...this.common(entry), [2, 0], [2, 0], [2, 0], [2, 0], [4, 0], [4, entry.at]),
        entry.name,
      );
    }
    const count = this.entries.length;
    this.push(fields([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, this.length - start], [4, start], [2, 0]));
    return new Blob(this.pieces, { type: 'application/octet-stream' });
  }

  /** Version to the length of the name: the same in both of an entry's headers. */
  private common({ name, crc, size }: Entry): [number, number][] {
    const { at } = this;
    const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
    const year = Math.min(Math.max(at.getUTCFullYear(), 1980), 2107);
    const date = ((year - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
    return [[2, VERSION], [2, UTF8_NAMES], [2, 0], [2, time], [2, date], [4, crc], [4, size], [4, size], [2, name.length]];
  }

  private push(...pieces: Uint8Array<ArrayBuffer>[]): void {
    for (const piece of pieces) this.length += piece.length;
    this.pieces.push(...pieces);
  }
}

/** Numbers of two or four octets, little-endian, one behind the other. */
function fields(...numbers: [width: number, value: number][]): Uint8Array<ArrayBuffer> {
  const out = new DataView(new ArrayBuffer(numbers.reduce((sum, [width]) => sum + width, 0)));
  let at = 0;
  for (const [width, value] of numbers) {
    if (width === 2) out.setUint16(at, value, true);
    else out.setUint32(at, value, true);
    at += width;
  }
  return new Uint8Array(out.buffer);
}
