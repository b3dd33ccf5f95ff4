// Reads any range of an age file without the rest of it (C2SP age, "Payload"; FORMAT.md §6).
// The payload is a sequence of 65,536-octet chunks with a 16-octet tag each. The last chunk carries a flag in its
// nonce: it is opened first, and with it the length of the whole is authenticated. Nothing unopened is ever released.

import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { Decrypter } from 'age-encryption';
import { utf8, wipe } from '../format/bytes.ts';
import { chunkCipher, type ChunkCipher, type Engine } from './cipher.ts';
import { Damaged, orDamaged } from './damaged.ts';

/** Sealed octets from `start` up to, not including, `end`. Rejects when they cannot be had; must not return fewer. */
export interface Source {
  readonly size: number;
  read(start: number, end: number, cancelled?: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

const TAG = 16;
const NONCE = 16;
const CHUNK = 65_536;
const SEALED_CHUNK = CHUNK + TAG;
/** A hybrid header has about 1,700 octets. A header longer than the limit is not one of ours. */
const FIRST_READ = 4_096;
const HEADER_LIMIT = 65_536;
/** Chunks per request: about 1 MiB, so that progress moves and a broken line costs little. */
const CHUNKS_PER_READ = 16;
/** Requests on their way while one answer is opened: the line is never idle for the length of a round trip. */
const AHEAD = 2;

export class AgeReader {
  private constructor(
    private readonly source: Source,
    private readonly cipher: ChunkCipher,
    private readonly payloadStart: number,
    private readonly chunks: number,
    private readonly lastChunk: Uint8Array<ArrayBuffer>,
    /** Octets inside the file, authenticated. */
    readonly size: number,
  ) {}

  static async open(source: Source, identity: string, engine?: Engine): Promise<AgeReader> {
    const { header, nonce } = await readHeader(source);
    const cipher = await orDamaged(async () => {
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      const fileKey = await decrypter.decryptHeader(header);
      const key = hkdf(sha256, fileKey, nonce, utf8('payload'), 32) as Uint8Array<ArrayBuffer>;
      wipe(fileKey);
      return chunkCipher(key, engine);
    });

    const payloadStart = header.length + NONCE;
    const payload = source.size - payloadStart;
    const chunks = Math.ceil(payload / SEALED_CHUNK);
    const lastStart = (chunks - 1) * SEALED_CHUNK;
    if (payload < TAG || payload - lastStart < TAG) throw new Damaged();
    const sealed = await source.read(payloadStart + lastStart, source.size);
    const lastChunk = await orDamaged(() => cipher.open(chunkNonce(chunks - 1, true), sealed));
    // Only an empty file may end in an empty chunk.
    if (chunks > 1 && lastChunk.length === 0) throw new Damaged();
    const size = (chunks - 1) * CHUNK + lastChunk.length;
    return new AgeReader(source, cipher, payloadStart, chunks, lastChunk, size);
  }

  /** Opened octets from `offset`, in pieces, `length` in all. */
  async *read(offset: number, length: number, cancelled?: AbortSignal): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const end = offset + length;
    if (offset < 0 || length < 0 || end > this.size) throw new Damaged();
    if (length === 0) return;
    const first = Math.floor(offset / CHUNK);
    const last = Math.floor((end - 1) / CHUNK);

    const coming: Promise<Uint8Array<ArrayBuffer>>[] = [];
    let next = first;
    const askAhead = () => {
      for (; coming.length < AHEAD && next <= last; next += CHUNKS_PER_READ) {
        const block = this.fetchChunks(next, Math.min(next + CHUNKS_PER_READ, last + 1), cancelled);
        // Heard when its turn comes.
        block.catch(() => {});
        coming.push(block);
      }
    };
    askAhead();
    for (let block = first; block <= last; block += CHUNKS_PER_READ) {
      const sealed = await coming.shift()!;
      askAhead();
      for (let chunk = block; chunk < block + CHUNKS_PER_READ && chunk <= last; chunk++) {
        const opened = await this.openChunk(chunk, sealed, (chunk - block) * SEALED_CHUNK);
        const from = Math.max(0, offset - chunk * CHUNK);
        const to = Math.min(opened.length, end - chunk * CHUNK);
        yield opened.subarray(from, to);
      }
    }
  }

  private async openChunk(chunk: number, block: Uint8Array<ArrayBuffer>, at: number): Promise<Uint8Array<ArrayBuffer>> {
    if (chunk === this.chunks - 1) return this.lastChunk;
    return orDamaged(() => this.cipher.open(chunkNonce(chunk, false), block.subarray(at, at + SEALED_CHUNK)));
  }

  /** The sealed chunks `from … to`, less the last chunk of the file, which is open already. */
  private fetchChunks(from: number, to: number, cancelled?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    const upTo = Math.min(to, this.chunks - 1);
    if (from >= upTo) return Promise.resolve(new Uint8Array(0));
    return this.source.read(this.payloadStart + from * SEALED_CHUNK, this.payloadStart + upTo * SEALED_CHUNK, cancelled);
  }
}

/** Eleven octets of counter, big-endian, and the flag of the last chunk. */
function chunkNonce(counter: number, last: boolean): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(7, counter);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** The textual header with its MAC line, and the 16-octet nonce that follows it. */
async function readHeader(source: Source): Promise<{ header: Uint8Array; nonce: Uint8Array }> {
  for (let want = FIRST_READ; ; want *= 4) {
    const octets = await source.read(0, Math.min(want, source.size));
    const end = headerEnd(octets);
    if (end !== null && octets.length >= end + NONCE) {
      return { header: octets.slice(0, end), nonce: octets.slice(end, end + NONCE) };
    }
    if (octets.length >= source.size || want >= HEADER_LIMIT) throw new Damaged();
  }
}

/** Just behind the line that begins with three hyphens. Base64 lines have no hyphen, so the first such line is it. */
function headerEnd(octets: Uint8Array): number | null {
  const [newline, hyphen] = [0x0a, 0x2d];
  for (let at = octets.indexOf(newline); at >= 0; at = octets.indexOf(newline, at + 1)) {
    if (octets[at + 1] === hyphen && octets[at + 2] === hyphen && octets[at + 3] === hyphen) {
      const end = octets.indexOf(newline, at + 1);
      return end < 0 ? null : end + 1;
    }
  }
  return null;
}
