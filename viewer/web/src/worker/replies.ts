// Seals a reply, signs it, and brings it to the server part by part. FORMAT.md §7.
// What is sealed and sent already is kept when the line breaks, so that trying again goes on where it stopped.

import { seal, type SealedPart } from '../age/seal.ts';
import { toBase64url, toHex, wipe } from '../format/bytes.ts';
import { replyDocument, sign, signingInput, type ReplyFile } from '../format/reply.ts';
import { fromUuid } from '../format/uuid.ts';
import { Failed } from '../problem.ts';
import type { Progress, Reply, ReplySent } from '../protocol.ts';
import { sealedCopy } from './copies.ts';
import type { Vault } from './vault.ts';

/** A reply on its way. Part 0 is the document; it is sealed last, because it names the digests of the others. */
interface Outgoing {
  reply: Reply;
  replyId: string;
  writtenAt: string;
  parts: (SealedPart | undefined)[];
  sent: Set<number>;
  /** How much of a part has arrived, by index. */
  arrived: Map<number, number>;
  copy?: Blob | null;
  /** The server has the copy, or will not have it. */
  copied: boolean;
}

export class Outbox {
  private outgoing: Outgoing | null = null;

  constructor(private readonly vault: Vault) {}

  async send(reply: Reply, again: boolean, report: (progress: Progress) => void): Promise<ReplySent> {
    if (!again || !this.outgoing) {
      this.outgoing = null;
      this.outgoing = { reply, replyId: await this.vault.api.newReply(), writtenAt: new Date().toISOString(), parts: [], sent: new Set(), arrived: new Map(), copied: false };
    }
    const outgoing = this.outgoing;
    for (let index = 1; index <= outgoing.reply.files.length; index++) {
      await this.bring(outgoing, index, report);
    }
    await this.bring(outgoing, 0, report);
    await this.copy(outgoing);

    const sent = await this.finish(outgoing).catch(async (error: unknown) => {
      const missing = error instanceof Failed && error.problem.kind === 'incomplete' ? (error.problem.missing ?? []) : [];
      if (missing.length === 0) throw error;
      for (const index of missing) {
        outgoing.sent.delete(index);
        outgoing.arrived.delete(index);
      }
      for (const index of missing) if (index < outgoing.parts.length) await this.bring(outgoing, index, report);
      return this.finish(outgoing);
    });
    this.outgoing = null;
    return { ...sent, reply_id: outgoing.replyId, written_at: outgoing.writtenAt };
  }

  forget(): void {
    this.outgoing = null;
  }

  private async bring(outgoing: Outgoing, index: number, report: (progress: Progress) => void): Promise<void> {
    const whose = index === 0 ? {} : { file: index - 1 };
    const plain = index === 0 ? this.document(outgoing) : outgoing.reply.files[index - 1]!;
    const total = plain instanceof Blob ? plain.size : plain.length;
    const recipient = this.recipient();
    outgoing.parts[index] ??= await seal(recipient, plain, (done) => report({ step: 'sealing', ...whose, done, total }));
    const { blob } = outgoing.parts[index];
    if (!outgoing.sent.has(index)) {
      await this.vault.api.putPart(outgoing.replyId, index, blob, outgoing.arrived.get(index) ?? 0, {
        progress: (done) => report({ step: 'sending', ...whose, done, total: blob.size }),
        arrived: (octets) => outgoing.arrived.set(index, octets),
      });
      outgoing.sent.add(index);
    }
    report({ step: 'sent', ...whose, done: total, total });
  }

  /** What the writer may read again. Where the server will not have it, the reply goes without. */
  private async copy(outgoing: Outgoing): Promise<void> {
    if (outgoing.copied) return;
    if (outgoing.copy === undefined) outgoing.copy = await sealedCopy(this.vault, outgoing);
    try {
      if (outgoing.copy) await this.vault.api.putCopy(outgoing.replyId, outgoing.copy);
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
      // Both would stop the reply as well, and are told as they are for it.
      if (error.problem.kind === 'offline' || error.problem.kind === 'session-ended') throw error;
    }
    outgoing.copied = true;
  }

  private document(outgoing: Outgoing): Uint8Array<ArrayBuffer> {
    const { view, recipientId, signerSeed } = this.vault.forReply();
    wipe(signerSeed);
    const files = outgoing.reply.files.map((file, i): ReplyFile => {
      const part = outgoing.parts[i + 1]!;
      return {
        name: file.name,
        type: file.type || 'application/octet-stream',
        size: file.size,
        sealed_size: part.blob.size,
        sealed_sha256: toHex(part.sha256),
      };
    });
    return replyDocument(view, {
      replyId: outgoing.replyId,
      recipientId,
      createdAt: outgoing.writtenAt,
      to: outgoing.reply.to,
      text: outgoing.reply.text,
      files,
    });
  }

  /** Only ever the key that stood inside the opened view. */
  private recipient(): string {
    const { view, signerSeed } = this.vault.forReply();
    wipe(signerSeed);
    return view.reply.recipient;
  }

  private async finish(outgoing: Outgoing): Promise<ReplySent> {
    const { ids, signerSeed } = this.vault.forReply();
    const replyId = fromUuid(outgoing.replyId);
    if (!replyId) throw new Failed('server');
    const digests = outgoing.parts.map((part) => part!.sha256);
    const signature = sign(signerSeed, signingInput(ids, replyId, digests));
    wipe(signerSeed);
    return this.vault.api.sendReply(outgoing.replyId, outgoing.parts.length, toBase64url(signature));
  }
}
