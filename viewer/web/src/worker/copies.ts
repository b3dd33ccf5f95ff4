// Copies of sent replies: sealed beside the reply, kept at the server, opened here on whatever device (decision 0028).
// Nothing that the server says of one is believed: it must open with this recipient's key and name its own place.

import { openWhole } from '../age/open.ts';
import { seal } from '../age/seal.ts';
import { copyDocument, parseCopy, type CopyPlace } from '../format/copy.ts';
import { referenceOf } from '../format/reference.ts';
import { fromUuid } from '../format/uuid.ts';
import { Failed } from '../problem.ts';
import type { Reply, SentReply } from '../protocol.ts';
import type { Vault } from './vault.ts';

/** As the server keeps at most; what it lists beyond is not fetched. */
const MOST_COPIES = 50;
const MOST_OCTETS = 270_336;

export interface Copies {
  replies: SentReply[];
  /** Copies that are damaged, or not this recipient's. */
  unreadable: number;
}

/** Null where the copy would be too large without any text. */
export async function sealedCopy(vault: Vault, { replyId, writtenAt, reply }: { replyId: string; writtenAt: string; reply: Reply }): Promise<Blob | null> {
  const { place, recipient } = await vault.forCopies();
  const files = reply.files.map(({ name, type, size }) => ({ name, type: type || 'application/octet-stream', size }));
  const document = copyDocument({ reply_id: replyId, ...place, created_at: writtenAt, to: reply.to, text: reply.text, files });
  return document && (await seal(recipient, document)).blob;
}

/** Fetches and opens those that `known` does not have. */
export async function fetchCopies(vault: Vault, known: SentReply[]): Promise<Copies> {
  const listed = await vault.api.sentReplies();
  const found: Copies = { replies: [], unreadable: 0 };
  const isKnown = (id: string, reference: string) => known.some((reply) => (reply.reply_id ? reply.reply_id === id : reply.reference === reference));
  for (const { reply_id, size } of listed.slice(-MOST_COPIES)) {
    const id = typeof reply_id === 'string' ? fromUuid(reply_id) : null;
    const reference = id && referenceOf(id);
    if (reference && (isKnown(reply_id, reference) || found.replies.some((reply) => reply.reply_id === reply_id))) continue;
    const copy = reference && size > 0 && size <= MOST_OCTETS ? await opened(vault, reply_id, reference, size) : null;
    if (copy) found.replies.push(copy);
    else found.unreadable += 1;
  }
  return found;
}

async function opened(vault: Vault, replyId: string, reference: string, size: number): Promise<SentReply | null> {
  const { place, identity } = await vault.forCopies();
  try {
    const named: CopyPlace = { reply_id: replyId, ...place };
    const copy = parseCopy(await openWhole(await vault.api.sentReply(replyId, size), identity), named);
    if (!copy) return null;
    const { created_at, to, text, cut, files } = copy;
    return { reply_id: replyId, reference, received_at: created_at, written_at: created_at, to, text, cut, files: files.map(({ name, size: octets }) => ({ name, size: octets })) };
  } catch (error) {
    // The line is not the copy's fault, nor is the end of the session.
    if (error instanceof Failed && ['offline', 'server', 'session-ended', 'slow-down'].includes(error.problem.kind)) throw error;
    return null;
  }
}
