// The worker: takes commands from the page, answers each once. See protocol.ts; the secrets are in worker/vault.ts.

import { Damaged } from './age/damaged.ts';
import { Failed, type Problem } from './problem.ts';
import type { Answered, Asked, Kind, Progress, Request, Response } from './protocol.ts';
import { Outbox } from './worker/replies.ts';
import { Vault } from './worker/vault.ts';

let vault: Vault | null = null;
let outbox: Outbox | null = null;

function hold(next: Vault): void {
  vault?.forgetAll();
  vault = next;
  outbox = new Outbox(next);
}

function held(): Vault {
  if (!vault) throw new Failed('bad-link');
  return vault;
}

type Report = (progress: Progress) => void;
type Handlers = { [K in Kind]: (asked: Asked<K>, report: Report) => Promise<Answered<K>> };

const fetching = (report: Report) => (done: number, total: number) => report({ step: 'fetching', done, total });

const handlers: Handlers = {
  link: async ({ handle, fragment }) => hold(Vault.fromLink(handle, fragment)),
  key: async ({ handle, messageKey }) => hold(Vault.fromMessageKey(handle, messageKey)),
  summary: () => held().api.summary(held().proof()),
  code: () => held().api.code(held().proof()),
  verify: ({ code }) => held().api.verify(code),
  open: (_, report) => held().open((done, total) => report({ step: 'opening', done, total })),
  part: async ({ index }, report) => (await held().part(index, fetching(report))).buffer,
  content: async (_, report) => (await held().content(fetching(report))).buffer,
  sealed: async (_, report) => (await held().sealed(fetching(report))).buffer,
  identity: async () => held().identity(),
  reply: ({ reply, again }, report) => {
    held();
    return outbox!.send(reply, again, report);
  },
  touch: async () => void (await held().api.grant()),
  close: async () => {
    const closing = vault;
    vault = null;
    outbox = null;
    try {
      await closing?.api.close();
    } finally {
      closing?.forgetAll();
    }
  },
};

async function handle<K extends Kind>({ id, kind, asked }: Request<K>): Promise<void> {
  try {
    const answer = await handlers[kind](asked, (progress) => tell({ id, progress }));
    tell({ id, answer }, answer instanceof ArrayBuffer ? [answer] : []);
  } catch (error) {
    const problem = problemOf(error);
    if (problem.kind === 'session-ended' || problem.kind === 'damaged') {
      vault?.forgetMessage();
      outbox?.forget();
    }
    tell({ id, problem });
  }
}

function problemOf(error: unknown): Problem {
  if (error instanceof Failed) return error.problem;
  if (error instanceof Damaged) return { kind: 'damaged' };
  return { kind: 'unsupported' };
}

const tell = (response: Response, transfer: Transferable[] = []) => self.postMessage(response, { transfer });

self.addEventListener('message', (event: MessageEvent<Request>) => void handle(event.data));
