// What page and worker say to each other. The worker holds every key: of secrets, only the answer to `identity`
// carries one, and only because the reader asked to see it.

import type { LaterMessage } from './format/later.ts';
import type { View } from './format/view.ts';
import type { Problem } from './problem.ts';
import type { Language } from './texts.ts';

export interface Summary {
  organisation: { name: string; phone: string };
  captured_at: string;
  reference: string;
  masked_address: string;
  expires_at: string;
  state: 'open' | 'expired' | 'withdrawn' | 'disowned';
  /** Whether there is anything to withdraw: the sender is told. */
  can_be_withdrawn?: boolean;
  /** What was chosen for this recipient, with this message or an earlier one. */
  language?: string;
}

export interface CodeAsked {
  masked_address: string;
  requested_at: string;
  valid_minutes: number;
  resend_after_seconds: number;
  codes_left: number;
}

export interface Verified {
  idle_minutes: number;
  /** Milliseconds from now until the session ends whatever is done in it. */
  ends_in: number;
}

/** Whose link it is: a recipient's `/m/…`, or the sender's `/s/…`. */
export type Side = 'm' | 's';

/** What became of a message, as its sender is told it. */
export interface Timeline {
  reference: string;
  captured_at: string;
  checked_at: string;
  recipients: RecipientTimeline[];
  /** Until when extending would make it available, where that gives anybody more. */
  extends_to?: string;
  csrf: string;
  idle_minutes: number;
  session_ends_at: string;
  /** Milliseconds until the session ends whatever is done in it. */
  ends_in: number;
}

export type Standing = 'telling' | 'told' | 'opened' | 'disowned' | 'withdrawn' | 'over' | 'failed' | 'came-back' | 'stopped' | 'passing-on' | 'passed-on';

export interface RecipientTimeline {
  id: string;
  address: string;
  way: 'link' | 'copy';
  standing: Standing;
  available_until?: string;
  notified_at?: string;
  /** Which mail system took it, and over what; no `tls` in clear. */
  handed_to?: { host: string; tls?: { version: string; cipher: string } };
  reminders_asked_at: string[];
  /** What a reminder would do now, where it would do anything. */
  can_be_reminded?: 'mail' | 'notice';
  remind_again_at?: string;
  codes_asked: number;
  code_asked_at?: string;
  openings: number;
  /** Of many openings, the newest. */
  opened_at: string[];
  /** Once in a session: something beyond the text. */
  fetched_at: string[];
  replied_at: string[];
  exposed_at?: string;
  more_time_asked_at?: string;
  /** When it was made available for longer, and until when. */
  extended: { at: string; until: string }[];
  disowned_at?: string;
  withdrawn_at?: string;
  can_be_withdrawn: boolean;
}

/** The opened message as the page may know it. */
export interface Opened {
  view: View;
  expires_at: string;
  /** As `Verified` has them; here the message's own end. Some servers say the idle minutes only there. */
  ends_in: number;
  idle_minutes: number | undefined;
  reply: { max_bytes: number; max_files: number; possible: boolean };
}

export interface Reply {
  to: string[];
  text: string;
  files: File[];
}

/** A file of a draft; the id stays with it as long as the draft lives. */
export interface DraftFile {
  id: string;
  file: File;
}

export interface WrittenDraft {
  text: string;
  everyone: boolean;
  files: DraftFile[];
}

export interface SavedDraft extends WrittenDraft {
  /** Files that were listed and are not there. */
  missing: number;
  /** When, by this browser's clock. */
  saved: number;
}

/** A reply as its writer may read it again. */
export interface SentReply extends ReplySent {
  to: string[];
  text: string;
  /** Not all of a long text is in the copy. */
  cut?: boolean;
  files: { name: string; size: number }[];
}

/** What there is to read again, from this browser and from the server. */
export interface Sent {
  replies: SentReply[];
  /** Copies at the server that are damaged, or not this recipient's. */
  unreadable: number;
  /** The server's copies could not be fetched. */
  unreached: boolean;
}

export interface ReplySent {
  /** Neither is in what earlier versions of this page kept. */
  reply_id?: string;
  /** By the writer's clock, as the reply has it. */
  written_at?: string;
  reference: string;
  received_at: string;
}

export interface Progress {
  step: 'opening' | 'fetching' | 'sealing' | 'sending' | 'sent';
  /** The file of a reply, from 0; absent for its text and for all else. */
  file?: number;
  done: number;
  total: number;
}

/** Each command: what is asked, what is answered. */
export interface Commands {
  /** Takes over the secret of the link. */
  link: [{ handle: string; fragment: string; side?: Side }, void];
  /** Takes over the secret as somebody typed it. */
  key: [{ handle: string; messageKey: string; side?: Side }, void];
  /** Tells the server that the link's secret stood in the address. */
  exposed: [void, void];
  summary: [void, Summary];
  /** Says that the message is not for this reader: the link is closed for good. */
  disown: [void, void];
  /** Asks the sender for more time, or for the message again. */
  moreTime: [void, void];
  /** Says that what came is not what was sealed. The sender is told, once a day at most. */
  damaged: [void, void];
  /** `language`: what the reader chose, if anything; later mails are in it. */
  code: [{ language: Language | null }, CodeAsked];
  /** The same, while a message is open. */
  language: [{ language: Language }, void];
  /** Readies what opening a message takes. Asks the server for nothing. */
  warmUp: [void, void];
  verify: [{ code: string }, Verified];
  open: [void, Opened];
  /** The decoded octets of one part. */
  part: [{ index: number }, ArrayBuffer];
  /** Parts as one ZIP archive, under the given names; what could not be read is left out and told. */
  archive: [{ entries: { index: number; name: string }[] }, { zip: Blob; unreadable: number[] }];
  /** The whole mail as it was captured. */
  content: [void, ArrayBuffer];
  /** message.age as it lies on the server. */
  sealed: [void, ArrayBuffer];
  /** The message identity, for stock `age`. A secret. */
  identity: [void, string];
  /** `again`: go on with the reply that failed, as it was. */
  reply: [{ reply: Reply; again: boolean }, ReplySent];
  /** Seals the draft and keeps it in this browser; an empty one is removed. `at`: now. */
  saveDraft: [WrittenDraft & { at: number }, void];
  loadDraft: [void, SavedDraft | null];
  /** The replies that were sent with this link, from here or from another device. */
  sentReplies: [void, Sent];
  /** Later messages of the conversation, as the server says: a hint to look into the mailbox. */
  laterMessages: [void, LaterMessage[]];
  /** Gives up a command that is on its way: it fails as `cancelled`. */
  cancel: [{ id: number }, void];
  /** Of a sender's link: what became of the message. */
  timeline: [void, Timeline];
  /** Gives everybody who can still open the message more time. */
  extend: [void, Timeline];
  /** Tells a recipient again, by a mail without a link, or tries the first mail now. */
  remind: [{ recipient: string }, Timeline];
  /** Takes the message back from one recipient, or from all where it is null. */
  withdraw: [{ recipient: string | null }, Timeline];
  /** Tells the server that somebody is still reading. */
  touch: [void, void];
  /** Forgets the message and ends the session on the server; the link secret stays, for a new code. */
  forget: [void, void];
  /** Ends the session here and on the server, and forgets everything. Asked again, it asks the server again. */
  close: [void, void];
}

export type Kind = keyof Commands;
export type Asked<K extends Kind> = Commands[K][0];
export type Answered<K extends Kind> = Commands[K][1];

export interface Request<K extends Kind = Kind> {
  id: number;
  kind: K;
  asked: Asked<K>;
}

export type Response =
  | { id: number; answer: unknown }
  | { id: number; problem: Problem }
  | { id: number; progress: Progress };
