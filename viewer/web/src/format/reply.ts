// The secure reply: its document and its signature. FORMAT.md §7.

import { ed25519 } from '@noble/curves/ed25519.js';
import { concat, lp, utf8 } from './bytes.ts';
import type { Ids } from './grant.ts';
import { padDocument } from './padme.ts';
import type { View } from './view.ts';

export interface ReplyFile {
  name: string;
  type: string;
  size: number;
  sealed_size: number;
  sealed_sha256: string;
}

export interface ReplyDocument {
  format: 1;
  reply_id: string;
  message_id: string;
  recipient_id: string;
  created_at: string;
  key_id: string;
  to: string[];
  subject: string;
  in_reply_to: string | null;
  references: string[];
  text: string;
  files: ReplyFile[];
}

/** What only this reply knows; everything else in the document comes out of the opened view. */
export interface Written {
  replyId: string;
  recipientId: string;
  createdAt: string;
  to: string[];
  text: string;
  files: ReplyFile[];
}

/** The padded octets of the document, ready to seal as part 0. */
export function replyDocument(view: View, written: Written): Uint8Array<ArrayBuffer> {
  const allowed = new Set(view.reply.to);
  if (written.to.length === 0 || !written.to.every((address) => allowed.has(address))) {
    throw new RangeError('a reply goes to addresses that the view names');
  }
  const document: ReplyDocument = {
    format: 1,
    reply_id: written.replyId,
    message_id: view.message_id,
    recipient_id: written.recipientId,
    created_at: written.createdAt,
    key_id: view.reply.key_id,
    to: written.to,
    subject: view.headers.subject,
    in_reply_to: view.headers.message_id,
    references: view.headers.references,
    text: written.text,
    files: written.files,
  };
  return padDocument(utf8(JSON.stringify(document)));
}

/** `digests` are SHA-256 of the sealed parts, the document first. */
export function signingInput(ids: Ids, replyId: Uint8Array, digests: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(lp('sealpost/v1 reply'), lp(ids.message), lp(ids.recipient), lp(replyId), ...digests.map((d) => lp(d)));
}

/** Ed25519 (RFC 8032). */
export const sign = (seed: Uint8Array, input: Uint8Array): Uint8Array => ed25519.sign(input, seed);
