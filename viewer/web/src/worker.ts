// The worker: takes commands from the page, answers each once. See protocol.ts; the secrets are in worker/vault.ts.

import { Damaged } from './age/damaged.ts';
import type { Api } from './api.ts';
import { concat } from './format/bytes.ts';
import { Failed, type Problem } from './problem.ts';
import type { Answered, Asked, Kind, Progress, Request, Response, SentReply } from './protocol.ts';
import { dropDraft, loadDraft, saveDraft } from './worker/drafts.ts';
import { archive } from './worker/archive.ts';
import { fetchCopies } from './worker/copies.ts';
import { keepSent, sentFrom } from './worker/sent.ts';
import { Outbox } from './worker/replies.ts';
import { Vault } from './worker/vault.ts';
import { warmUp } from './worker/warm-up.ts';

let vault: Vault | null = null;
let outbox: Outbox | null = null;
/** What is left of a closed vault, for asking the server again: no secret. */
let closed: Api | null = null;
/** A session that is being ended. A new code must not overtake it: both set the one cookie. */
let ending: Promise<void> = Promise.resolve();
/** Grows whenever a message goes, so that what was begun before neither shows anything after nor takes the next one away. */
let era = 0;

function hold(next: Vault): void {
  era += 1;
  vault?.forgetAll();
  vault = next;
  outbox = new Outbox(next);
}

function held(): Vault {
  if (!vault) throw new Failed('bad-link');
  return vault;
}

type Report = (progress: Progress) => void;
type Handlers = { [K in Kind]: (asked: Asked<K>, report: Report, cancelled: AbortSignal) => Promise<Answered<K>> };

/** What is being done, by the id of its command. */
const running = new Map<number, AbortController>();

const fetching = (report: Report) => (done: number, total: number) => report({ step: 'fetching', done, total });

const handlers: Handlers = {
  link: async ({ handle, fragment, side }) => hold(Vault.fromLink(handle, fragment, side)),
  key: async ({ handle, messageKey, side }) => hold(Vault.fromMessageKey(handle, messageKey, side)),
  exposed: () => held().api.exposed(held().proof()),
  summary: () => held().api.summary(held().proof()),
  disown: async () => {
    const vault = held();
    await vault.api.disown(vault.proof());
    era += 1;
    if (vault.wasOpened) await dropDraft(vault.draft()).catch(() => {});
    vault.forgetMessage();
  },
  moreTime: () => held().api.moreTime(held().proof()),
  damaged: () => held().api.damaged(held().proof()),
  code: async ({ language }) => {
    await ending;
    return held().api.code(held().proof(), language);
  },
  language: ({ language }) => held().api.language(language),
  warmUp,
  verify: ({ code }) => held().api.verify(code),
  open: (_, report) => {
    era += 1;
    return held().open((done, total) => report({ step: 'opening', done, total }));
  },
  part: async ({ index }, report, cancelled) => concat(...(await held().part(index, fetching(report), cancelled))).buffer,
  archive: ({ entries }, report, cancelled) => archive(held(), entries, fetching(report), cancelled),
  content: async (_, report, cancelled) => (await held().content(fetching(report), cancelled)).buffer,
  sealed: async (_, report, cancelled) => (await held().sealed(fetching(report), cancelled)).buffer,
  identity: async () => held().identity(),
  reply: async ({ reply, again }, report) => {
    const place = held().draft();
    const sent = await outbox!.send(reply, again, report);
    // Both may fail where the browser keeps nothing; the reply is sent all the same.
    const files = reply.files.map(({ name, size }) => ({ name, size }));
    await keepSent(place, { ...sent, to: reply.to, text: reply.text, files }).catch(() => {});
    await dropDraft(place).catch(() => {});
    return sent;
  },
  saveDraft: async (draft) => {
    const place = held().draft();
    await (draft.text.trim() !== '' || draft.files.length > 0 ? saveDraft(place, draft, draft.at) : dropDraft(place));
  },
  sentReplies: async () => {
    const vault = held();
    const here = await sentFrom(vault.draft()).catch(() => []);
    const there = await fetchCopies(vault, here).catch((error: unknown) => {
      if (problemOf(error).kind === 'session-ended') throw error;
      return null;
    });
    const written = (reply: SentReply) => Date.parse(reply.written_at ?? reply.received_at);
    const replies = [...here, ...(there?.replies ?? [])].sort((a, b) => written(a) - written(b));
    return { replies, unreadable: there?.unreadable ?? 0, unreached: there === null };
  },
  laterMessages: () => held().api.laterMessages(),
  loadDraft: () => loadDraft(held().draft()),
  cancel: async ({ id }) => running.get(id)?.abort(),
  timeline: () => held().api.timeline(),
  extend: () => held().api.extend(),
  remind: ({ recipient }) => held().api.remind(recipient),
  withdraw: ({ recipient }) => held().api.withdraw(recipient),
  touch: async () => held().api.touch(),
  forget: async () => {
    era += 1;
    held().forgetMessage();
    ending = signOut(held().api).catch(() => {});
    await ending;
  },
  close: async () => {
    era += 1;
    closed = vault?.api ?? closed;
    if (vault?.wasOpened) await dropDraft(vault.draft()).catch(() => {});
    vault?.forgetAll();
    vault = null;
    outbox = null;
    if (closed) await signOut(closed);
  },
};

/** A session that is over already is what was wanted. */
const signOut = (api: Api): Promise<void> =>
  api.close().catch((error: unknown) => {
    if (problemOf(error).kind !== 'session-ended') throw error;
  });

/** What hands content to the page. */
const CONTENT: Kind[] = ['part', 'archive', 'content', 'sealed', 'identity', 'loadDraft', 'sentReplies', 'laterMessages'];

async function handle<K extends Kind>({ id, kind, asked }: Request<K>): Promise<void> {
  const began = era;
  const late = () => era !== began && CONTENT.includes(kind);
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const answer = await handlers[kind](asked, (progress) => tell({ id, progress }), controller.signal);
    if (late()) throw new Failed('session-ended');
    tell({ id, answer }, answer instanceof ArrayBuffer ? [answer] : []);
  } catch (error) {
    // A reader whose secrets were wiped under it sees damage where there is none.
    const problem: Problem = late() ? { kind: 'session-ended' } : problemOf(error);
    if (era === began && (problem.kind === 'session-ended' || problem.kind === 'damaged')) {
      vault?.forgetMessage();
      // A reply on its way outlives its session: the next one goes on with it, and the server takes it once.
      if (problem.kind === 'damaged') outbox?.forget();
    }
    tell({ id, problem });
  } finally {
    running.delete(id);
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof Failed) return error.problem;
  if (error instanceof Damaged) return { kind: 'damaged' };
  return { kind: 'unsupported' };
}

const tell = (response: Response, transfer: Transferable[] = []) => self.postMessage(response, { transfer });

self.addEventListener('message', (event: MessageEvent<Request>) => void handle(event.data));
