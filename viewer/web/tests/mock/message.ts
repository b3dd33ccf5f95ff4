// Makes sealed messages for tests, as a gateway would: content with MIME parts, the view, one link grant.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Encrypter, identityToRecipient } from 'age-encryption';
import { fromUuid } from '../../src/format/uuid.ts';
import { copySeedOf, openProofOf, padOf, replySeedOf } from '../../src/format/grant.ts';
import { handleToText } from '../../src/format/link.ts';
import { padDocument } from '../../src/format/padme.ts';
import { identityOf, type Profile } from '../../src/format/profile.ts';
import { fragmentOf, messageKeyOf, referenceOf, replyPublicOf } from './link.ts';
import { toHex, utf8, xor } from '../../src/format/bytes.ts';
import type { Encoding, Part, Protection, View } from '../../src/format/view.ts';

export interface PartSpec {
  name: string | null;
  type: string;
  data: Uint8Array;
  encoding?: Encoding;
  contentId?: string;
  /** Carried in the view as well. */
  embedded?: boolean;
}

export interface MessageSpec {
  subject?: string;
  text?: string | null;
  html?: string | null;
  parts?: PartSpec[];
  profile?: Profile;
  replyTo?: string[];
  escrow?: boolean;
  protection?: Protection;
  /** Last change to the view before it is sealed. */
  spoil?: (view: Record<string, unknown>) => void;
}

export interface Sealed {
  handle: string;
  fragment: string;
  messageKey: string;
  reference: string;
  proofDigest: string;
  messageId: string;
  recipientId: string;
  profile: Profile;
  share: Uint8Array;
  identity: string;
  viewAge: Uint8Array;
  messageAge: Uint8Array;
  content: Uint8Array;
  view: View;
  replyIdentity: string;
  /** What this recipient's copies of its replies are sealed to. */
  copyIdentity: string;
  replyPublic: Uint8Array;
}

export async function makeMessage(spec: MessageSpec = {}): Promise<Sealed> {
  const profile = spec.profile ?? 'mlkem768x25519';
  const seed = octets(32);
  const secret = octets(32);
  const handle = octets(16);
  const [messageId, recipientId] = [randomUUID(), randomUUID()];
  const ids = { message: fromUuid(messageId)!, recipient: fromUuid(recipientId)! };
  const identity = identityOf(profile, seed);
  const replyIdentity = identityOf('mlkem768x25519', octets(32));

  const { content, parts } = buildContent(spec);
  const messageAge = await sealTo(identity, content);
  const view: View = {
    format: 1,
    message_id: messageId,
    profile,
    captured_at: '2026-11-20T09:12:00Z',
    expires_at: '2026-12-20T23:59:59Z',
    organisation: { name: 'Example Trust', phone: '01632 960000' },
    sender: 'clinic@example.org',
    recipients: ['reader@example.com'],
    headers: {
      from: [{ name: 'Example Clinic', address: 'clinic@example.org' }],
      to: [{ name: null, address: 'reader@example.com' }],
      cc: [{ name: 'Example Practice', address: 'practice@example.net' }],
      subject: spec.subject ?? 'Your appointment on 3 December',
      date: '2026-11-20T09:11:30+00:00',
      message_id: '<20261120@example.org>',
      references: ['<20261118@example.org>'],
    },
    text: spec.text === undefined ? 'Dear reader,\r\n\r\nYour appointment is on 3 December.\r\n' : spec.text,
    html: spec.html ?? null,
    parts,
    all: parts,
    protection: spec.protection ?? null,
    message: {
      size: messageAge.length,
      sha256: createHash('sha256').update(messageAge).digest('hex'),
      content_size: content.length,
    },
    reply: {
      recipient: await identityToRecipient(replyIdentity),
      key_id: randomUUID(),
      to: spec.replyTo ?? ['clinic@example.org'],
    },
    policy: { escrow: spec.escrow ?? false },
  };
  spec.spoil?.(view as unknown as Record<string, unknown>);
  return {
    handle: handleToText(handle),
    fragment: fragmentOf(secret),
    messageKey: messageKeyOf(secret),
    reference: referenceOf(handle),
    proofDigest: createHash('sha256').update(openProofOf(secret, handle)).digest('hex'),
    messageId,
    recipientId,
    profile,
    share: xor(seed, padOf(secret, ids)),
    identity,
    viewAge: await sealTo(identity, padDocument(utf8(JSON.stringify(view)))),
    messageAge,
    content,
    view,
    replyIdentity,
    copyIdentity: identityOf(profile, copySeedOf(secret, seed, ids)),
    replyPublic: replyPublicOf(replySeedOf(secret, ids)),
  };
}

export async function sealTo(identity: string, plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(await identityToRecipient(identity));
  return (await encrypter.encrypt(plain)) as Uint8Array<ArrayBuffer>;
}

function buildContent(spec: MessageSpec): { content: Uint8Array; parts: Part[] } {
  const chunks: Buffer[] = [Buffer.from('From: clinic@example.org\r\nSubject: test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n')];
  const at = () => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  chunks.push(Buffer.from(`--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${spec.text ?? ''}\r\n`));
  const parts = (spec.parts ?? []).map((one, index): Part => {
    const encoding = one.encoding ?? 'base64';
    chunks.push(Buffer.from(`--b\r\nContent-Type: ${one.type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`));
    const encoded = encode(one.data, encoding);
    const offset = at();
    chunks.push(encoded, Buffer.from('\r\n'));
    return {
      index,
      message: null,
      name: one.name,
      type: one.type,
      size: one.data.length,
      encoding,
      offset,
      length: encoded.length,
      content_id: one.contentId ?? null,
      inline: one.contentId !== undefined,
      data: one.embedded ? Buffer.from(one.data).toString('base64') : null,
    };
  });
  chunks.push(Buffer.from('--b--\r\n'));
  return { content: new Uint8Array(Buffer.concat(chunks)), parts };
}

function encode(data: Uint8Array, encoding: Encoding): Buffer {
  if (encoding === 'identity') return Buffer.from(data);
  if (encoding === 'base64') return Buffer.from(Buffer.from(data).toString('base64').replace(/.{76}/g, '$&\r\n'));
  return Buffer.from([...data].map((octet) => `=${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('').replace(/.{72}/g, '$&=\r\n'));
}

export const octets = (length: number): Uint8Array<ArrayBuffer> => new Uint8Array(randomBytes(length));

export const hex = toHex;
