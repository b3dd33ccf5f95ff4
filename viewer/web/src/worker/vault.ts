// Everything secret that one message has in this browser, and the way to the opened view.
// Lives in the worker. A secret leaves only by `identity`, which the reader asks for in so many words.

import { Damaged } from '../age/damaged.ts';
import { openWhole } from '../age/open.ts';
import { AgeReader } from '../age/reader.ts';
import { canSealTo, recipientOf } from '../age/seal.ts';
import { Api, type Grant } from '../api.ts';
import { fromBase64url, toBase64url, toHex, wipe } from '../format/bytes.ts';
import { copySeedOf, draftIdOf, draftKeyOf, joinSeed, openProofOf, replySeedOf, type Ids } from '../format/grant.ts';
import type { CopyPlace } from '../format/copy.ts';
import { fragmentInWords } from '../format/arrived.ts';
import { handleFromText, handleToText, secretFromFragment, secretFromMessageKey } from '../format/link.ts';
import { identityOf, isProfile, type Profile } from '../format/profile.ts';
import { fromUuid } from '../format/uuid.ts';
import { parseView, type View } from '../format/view.ts';
import { decoder, type Decoder } from '../mime/decode.ts';
import { placeOf, type Place } from './shelf.ts';
import { Failed } from '../problem.ts';
import type { Opened, Side } from '../protocol.ts';

type Octets = Uint8Array<ArrayBuffer>;
export type Report = (done: number, total: number) => void;

interface OpenMessage {
  ids: Ids;
  recipientId: string;
  profile: Profile;
  seed: Octets;
  view: View;
  reader: AgeReader | null;
  /** Parts of which a broken line has left a beginning, by index. */
  begun: Map<number, Begun>;
  whole: { octets: Octets; done: number } | null;
}

interface Begun {
  pieces: Octets[];
  /** Octets as they are encoded. */
  done: number;
  decode: Decoder;
}

/** Octets of `message.age` per request, where all of it is wanted. */
const BLOCK = 2_000_000;

const isLost = (error: unknown): boolean => error instanceof Failed && ['offline', 'server', 'slow-down'].includes(error.problem.kind);

export class Vault {
  readonly api: Api;
  private message: OpenMessage | null = null;
  /** Of the message that was opened last; it stays for a last draft when the session has ended. */
  private place: Place | null = null;

  private constructor(
    private readonly handle: Octets,
    private readonly secret: Octets,
    side?: Side,
  ) {
    this.api = new Api(handleToText(handle), side);
  }

  static fromLink(handle: string, fragment: string, side?: Side): Vault {
    return Vault.holding(handle, secretFromFragment(fragment), 'bad-link', side);
  }

  static fromMessageKey(handle: string, typed: string, side?: Side): Vault {
    // People paste the whole link, too.
    return Vault.holding(handle, secretFromMessageKey(typed) ?? secretFromFragment(fragmentInWords(typed)), 'bad-key', side);
  }

  private static holding(handle: string, secret: Octets | null, otherwise: 'bad-link' | 'bad-key', side?: Side): Vault {
    const octets = handleFromText(handle);
    if (!octets) throw new Failed('bad-handle');
    if (!secret) throw new Failed(otherwise);
    return new Vault(octets, secret, side);
  }

  proof(): string {
    const proof = openProofOf(this.secret, this.handle);
    const text = toBase64url(proof);
    wipe(proof);
    return text;
  }

  /** Grant, seed, view. Any disagreement between the server's words and the sealed ones is damage (K2). */
  async open(report: Report): Promise<Opened> {
    this.forgetMessage();
    const { grant, ids, profile, share, sealed } = await this.fetchGrantAndView(report);
    const seed = joinSeed(this.secret, share, ids);
    wipe(share);
    try {
      const view = parseView(await openWhole(await sealed, identityOf(profile, seed)));
      if (!view || view.message_id !== grant.message_id || view.profile !== profile || view.message.size !== grant.message_size) {
        throw new Damaged();
      }
      this.message = { ids, recipientId: grant.recipient_id, profile, seed, view, reader: null, begun: new Map(), whole: null };
      const expires = Date.now() + grant.ends_in;
      this.place = await placeOf(draftIdOf(this.secret, this.handle), draftKeyOf(this.secret, seed, ids), expires);
      const possible = view.reply.to.length > 0 && canSealTo(view.reply.recipient);
      return { view, expires_at: grant.expires_at, ends_in: grant.ends_in, idle_minutes: grant.idle_minutes, reply: { ...grant.reply, possible } };
    } catch (error) {
      wipe(seed);
      throw error;
    }
  }

  /** Both at once: each is a round trip, which on a phone's line is most of what a reader waits for. */
  private async fetchGrantAndView(report: Report) {
    const granting = this.api.grant().then((grant) => ({ grant, ...readGrant(grant) }));
    const size = granting.then(({ grant }) => grant.view_size);
    const unwanted = new AbortController();
    const sealed = this.api.whole('view.age', size, report, unwanted.signal);
    // Heard when the grant is here; without one nobody asks.
    sealed.catch(() => {});
    try {
      return { ...(await granting), sealed };
    } catch (error) {
      unwanted.abort();
      throw error;
    }
  }

  get view(): View {
    return this.opened().view;
  }

  /**
   * The decoded octets of one part, in pieces, fetched by range. What a broken line has left is kept, and the next try
   * goes on behind it; what the reader cancelled is not.
   */
  async part(index: number, report: Report, cancelled?: AbortSignal): Promise<Octets[]> {
    const message = this.opened();
    const part = message.view.all[index];
    if (!part) throw new Failed('unreadable-part');
    const reader = await this.reader();
    // Taken out, so that two who want the same part do not write into one.
    const begun = message.begun.get(index) ?? { pieces: [], done: 0, decode: decoder(part.encoding) };
    message.begun.delete(index);
    try {
      for await (const piece of reader.read(part.offset + begun.done, part.length - begun.done, cancelled)) {
        begun.pieces.push(begun.decode.push(piece) as Octets);
        begun.done += piece.length;
        report(begun.done, part.length);
      }
    } catch (error) {
      if (isLost(error)) message.begun.set(index, begun);
      throw error;
    }
    begun.pieces.push(begun.decode.finish() as Octets);
    const length = begun.pieces.reduce((sum, piece) => sum + piece.length, 0);
    // The octets are authentic; gateway and browser merely read the sender's encoding differently.
    if (length !== part.size) throw new Failed('unreadable-part');
    return begun.pieces;
  }

  /** `message.age`, held against the size and the digest that the view names. It too goes on where a line broke. */
  async sealed(report: Report, cancelled?: AbortSignal): Promise<Octets> {
    const message = this.opened();
    const { size, sha256 } = message.view.message;
    const source = this.api.source(size);
    const begun = message.whole ?? { octets: new Uint8Array(size), done: 0 };
    message.whole = null;
    const ask = (at: number) => (at < size ? source.read(at, Math.min(at + BLOCK, size), cancelled) : null);
    try {
      let next = ask(begun.done);
      while (next) {
        const block = await next;
        // The next one travels while this one is put away.
        next = ask(begun.done + block.length);
        next?.catch(() => {});
        begun.octets.set(block, begun.done);
        begun.done += block.length;
        report(begun.done, size);
      }
    } catch (error) {
      if (isLost(error)) message.whole = begun;
      throw error;
    }
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', begun.octets));
    if (toHex(digest) !== sha256) throw new Damaged();
    return begun.octets;
  }

  /** The captured mail, octet for octet. */
  async content(report: Report, cancelled?: AbortSignal): Promise<Octets> {
    const { view, profile, seed } = this.opened();
    const sealed = await this.sealed(report, cancelled);
    const reader = await AgeReader.open(
      { size: sealed.length, read: async (start, end) => sealed.subarray(start, end) },
      identityOf(profile, seed),
    );
    if (reader.size !== view.message.content_size) throw new Damaged();
    const out = new Uint8Array(reader.size);
    let at = 0;
    for await (const piece of reader.read(0, reader.size)) {
      out.set(piece, at);
      at += piece.length;
    }
    return out;
  }

  identity(): string {
    const { profile, seed } = this.opened();
    return identityOf(profile, seed);
  }

  /** What the reply needs; the caller wipes the signer's seed. */
  forReply(): { ids: Ids; recipientId: string; view: View; signerSeed: Octets } {
    const { ids, recipientId, view } = this.opened();
    return { ids, recipientId, view, signerSeed: replySeedOf(this.secret, ids) };
  }

  /** What copies of replies are sealed to, opened with, and bound to. */
  async forCopies(): Promise<{ place: Omit<CopyPlace, 'reply_id'>; recipient: string; identity: string }> {
    const { ids, recipientId, profile, seed, view } = this.opened();
    const copySeed = copySeedOf(this.secret, seed, ids);
    const identity = identityOf(profile, copySeed);
    wipe(copySeed);
    return { place: { message_id: view.message_id, recipient_id: recipientId }, recipient: await recipientOf(identity), identity };
  }

  get wasOpened(): boolean {
    return this.place !== null;
  }

  draft(): Place {
    if (!this.place) throw new Failed('session-ended');
    return this.place;
  }

  /** The seed and the view go; the link secret stays, so that a new code is enough to come back. */
  forgetMessage(): void {
    wipe(this.message?.seed);
    this.message = null;
    if (this.place) this.place = { ...this.place, opening: null };
  }

  forgetAll(): void {
    this.forgetMessage();
    this.place = null;
    wipe(this.secret);
  }

  private opened(): OpenMessage {
    if (!this.message) throw new Failed('session-ended');
    return this.message;
  }

  /** Opened once; keeps the payload key of this file, no more. */
  private async reader(): Promise<AgeReader> {
    const message = this.opened();
    if (!message.reader) {
      const { size, content_size } = message.view.message;
      const reader = await AgeReader.open(this.api.source(size), identityOf(message.profile, message.seed));
      if (reader.size !== content_size) throw new Damaged();
      message.reader = reader;
    }
    return message.reader;
  }
}

function readGrant(grant: Grant): { ids: Ids; profile: Profile; share: Octets } {
  const message = fromUuid(String(grant.message_id));
  const recipient = fromUuid(String(grant.recipient_id));
  const share = fromBase64url(String(grant.share));
  if (!message || !recipient || share?.length !== 32 || !isProfile(grant.profile)) throw new Damaged();
  if (!Number.isSafeInteger(grant.view_size) || !Number.isSafeInteger(grant.message_size)) throw new Damaged();
  return { ids: { message, recipient }, profile: grant.profile, share };
}
