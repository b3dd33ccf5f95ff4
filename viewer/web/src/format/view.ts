// The view: the document that everything shown comes from. FORMAT.md §6.
// Parsed once, here; a document of another shape is refused as a damaged message.

import { isProfile, type Profile } from './profile.ts';
import { fromUuid } from './uuid.ts';

export interface Mailbox {
  name: string | null;
  address: string | null;
}

export type Encoding = 'identity' | 'base64' | 'quoted-printable';

export interface Part {
  /** Its place in `View.all`. */
  index: number;
  name: string | null;
  type: string;
  size: number;
  encoding: Encoding;
  offset: number;
  length: number;
  content_id: string | null;
  inline: boolean;
  data: string | null;
  /** An attached message, as far as it is shown in place. */
  message: Letter | null;
}

/** What the sender's program had put around the mail. It is named, never checked. */
export const PROTECTIONS = ['smime-signed', 'smime-encrypted', 'pgp-signed', 'pgp-encrypted'] as const;
export type Protection = (typeof PROTECTIONS)[number];

/** A mail as it is shown: the message itself, or one attached to it. */
export interface Letter {
  headers: Headers;
  text: string | null;
  html: string | null;
  parts: Part[];
  protection: Protection | null;
}

export interface Headers {
  from: Mailbox[];
  to: Mailbox[];
  cc: Mailbox[];
  subject: string;
  date: string | null;
  message_id: string | null;
  references: string[];
}

export interface View extends Letter {
  format: 1;
  message_id: string;
  profile: Profile;
  captured_at: string;
  expires_at: string;
  organisation: { name: string; phone: string };
  sender: string;
  recipients: string[];
  /** The parts, then those of attached messages. */
  all: Part[];
  message: { size: number; sha256: string; content_size: number };
  reply: { recipient: string; key_id: string; to: string[] };
  /** Whether an offline key of the organisation can open the message too. Earlier gateways wrote no policy. */
  policy: { escrow: boolean };
}

/** Null for octets that are not a view of format 1. */
export function parseView(octets: Uint8Array): View | null {
  try {
    // The spaces that pad the document are white space to JSON.
    return readView(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)));
  } catch {
    return null;
  }
}

function readView(value: unknown): View {
  const v = object(value);
  const message = object(v.message);
  const reply = object(v.reply);
  const organisation = object(v.organisation);
  if (v.format !== 1) refuse();
  const profile = string(v.profile);
  if (!isProfile(profile)) refuse();
  const contentSize = count(message.content_size);
  const sha256 = string(message.sha256);
  if (!/^[0-9a-f]{64}$/.test(sha256)) refuse();
  const all: Part[] = [];
  return {
    format: 1,
    message_id: uuid(v.message_id),
    profile,
    captured_at: time(v.captured_at),
    expires_at: time(v.expires_at),
    organisation: { name: string(organisation.name), phone: string(organisation.phone) },
    sender: string(v.sender),
    recipients: array(v.recipients).map(string),
    ...letter(v, contentSize, all, 0),
    all,
    message: { size: count(message.size), sha256, content_size: contentSize },
    reply: { recipient: string(reply.recipient), key_id: uuid(reply.key_id), to: array(reply.to).map(string) },
    policy: v.policy === undefined ? { escrow: false } : readPolicy(object(v.policy)),
  };
}

const readPolicy = ({ escrow }: Record<string, unknown>): View['policy'] => ({ escrow: escrow === undefined ? false : boolean(escrow) });

/** The gateway stops at three; whoever sends more wants to exhaust something. */
const DEEPEST = 10;

function letter(v: Record<string, unknown>, contentSize: number, all: Part[], depth: number): Letter {
  if (depth > DEEPEST) refuse();
  const headers = object(v.headers);
  const parts = array(v.parts).map((p) => part(p, contentSize));
  for (const one of parts) one.index = all.push(one) - 1;
  // Behind the parts of their own level, so that the numbers of those stay what they are in the view.
  array(v.parts).forEach((p, at) => {
    const { message } = object(p);
    if (message != null) parts[at]!.message = letter(object(message), contentSize, all, depth + 1);
  });
  return {
    headers: {
      from: array(headers.from).map(mailbox),
      to: array(headers.to).map(mailbox),
      cc: array(headers.cc).map(mailbox),
      subject: string(headers.subject),
      date: headers.date == null ? null : time(headers.date),
      message_id: orNull(headers.message_id),
      references: array(headers.references).map(string),
    },
    text: orNull(v.text),
    html: orNull(v.html),
    parts,
    // One of a later version is none that there are words for.
    protection: PROTECTIONS.find((one) => one === v.protection) ?? null,
  };
}

function part(value: unknown, contentSize: number): Part {
  const p = object(value);
  const encoding = string(p.encoding);
  if (encoding !== 'identity' && encoding !== 'base64' && encoding !== 'quoted-printable') return refuse();
  const offset = count(p.offset);
  const length = count(p.length);
  if (offset + length > contentSize) refuse();
  return {
    index: 0,
    name: orNull(p.name),
    type: string(p.type),
    size: count(p.size),
    encoding,
    offset,
    length,
    content_id: orNull(p.content_id),
    inline: p.inline === true,
    data: orNull(p.data),
    message: null,
  };
}

const mailbox = (value: unknown): Mailbox => {
  const m = object(value);
  return { name: orNull(m.name), address: orNull(m.address) };
};

function refuse(): never {
  throw new TypeError('not a view of format 1');
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse();
  return value as Record<string, unknown>;
}

const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : refuse());
const string = (value: unknown): string => (typeof value === 'string' ? value : refuse());
const boolean = (value: unknown): boolean => (typeof value === 'boolean' ? value : refuse());
const orNull = (value: unknown): string | null => (value == null ? null : string(value));
const count = (value: unknown): number => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : refuse());
const time = (value: unknown): string => (Number.isNaN(Date.parse(string(value))) ? refuse() : string(value));
const uuid = (value: unknown): string => (fromUuid(string(value)) ? string(value) : refuse());
