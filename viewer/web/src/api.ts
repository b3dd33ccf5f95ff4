// The viewer's HTTP interface, as the worker uses it. No secret but the open proof, the code and ciphertext passes here.

import { Damaged } from './age/damaged.ts';
import type { Source } from './age/reader.ts';
import { Failed, type Problem, type ProblemKind } from './problem.ts';
import type { CodeAsked, ReplySent, Summary, Verified } from './protocol.ts';

export interface Grant {
  message_id: string;
  recipient_id: string;
  profile: string;
  share: string;
  view_size: number;
  message_size: number;
  expires_at: string;
  captured_at: string;
  csrf: string;
  reply: { max_bytes: number; max_files: number };
}

/** The codes that the interface and the pages call by the same word. */
const SHARED: ProblemKind[] = [
  'not-found', 'expired', 'withdrawn',
  'wait', 'too-many-codes', 'wrong-code', 'code-expired', 'too-many-tries', 'ask-first', 'malformed-code',
  'session-ended', 'too-large', 'incomplete', 'bad-signature',
];

/** Waits between tries over a line that comes and goes. */
const PAUSES = [500, 1_500, 4_000];

export class Api {
  private csrf = '';

  constructor(private readonly handle: string) {}

  private path(rest: string): string {
    return `/api/v1/m/${this.handle}/${rest}`;
  }

  summary = (proof: string) => this.post<Summary>('summary', { proof });

  code = (proof: string) => this.post<CodeAsked>('code', { proof });

  async verify(code: string): Promise<Verified> {
    const verified = await this.post<Verified & { csrf: string }>('verify', { code });
    this.csrf = verified.csrf;
    return { idle_minutes: verified.idle_minutes, expires_at: verified.expires_at };
  }

  async grant(): Promise<Grant> {
    const grant = await json<Grant>(await this.ask('grant', {}));
    this.csrf = grant.csrf;
    return grant;
  }

  /** Reads at most `size` octets; another length is damage. */
  async whole(name: 'view.age' | 'message.age', size: number, progress?: (octets: number) => void): Promise<Uint8Array<ArrayBuffer>> {
    return retried(async () => {
      const response = await this.ask(name, {});
      return exactly(response, size, progress);
    });
  }

  /** `message.age` by range. */
  source(size: number): Source {
    return {
      size,
      read: (start, end) =>
        retried(async () => {
          const response = await this.ask('message.age', { headers: { Range: `bytes=${start}-${end - 1}` } }, [416]);
          if (response.status === 416) throw new Damaged();
          if (response.status !== 206) return (await exactly(response, size)).subarray(start, end);
          const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
          if (!range || Number(range[1]) !== start || Number(range[2]) !== end - 1 || Number(range[3]) !== size) throw new Damaged();
          return exactly(response, end - start);
        }),
    };
  }

  newReply = async () => (await this.post<{ reply_id: string }>('replies', {})).reply_id;

  /** XMLHttpRequest, because fetch tells nothing about the progress of an upload. */
  async putPart(replyId: string, index: number, body: Blob, progress: (octets: number) => void): Promise<void> {
    const path = this.path(`replies/${replyId}/parts/${index}`);
    await retried(
      () =>
        new Promise<void>((resolve, reject) => {
          const request = new XMLHttpRequest();
          request.open('PUT', path);
          request.setRequestHeader('Content-Type', 'application/octet-stream');
          request.setRequestHeader('X-Sealpost-Csrf', this.csrf);
          request.upload.onprogress = (event) => progress(event.loaded);
          request.onerror = request.ontimeout = request.onabort = () => reject(new Failed('offline'));
          request.onload = () =>
            request.status >= 200 && request.status < 300 ? resolve() : reject(failure(request.status, request.responseText));
          request.send(body);
        }),
    );
  }

  /** The server answers the same to a second call, so a lost answer is asked for again. */
  sendReply = (replyId: string, parts: number, signature: string) =>
    retried(() => this.post<ReplySent>(`replies/${replyId}/send`, { parts, signature }));

  async close(): Promise<void> {
    await this.ask('close', { method: 'POST', headers: this.stateHeaders(), body: '{}' });
  }

  private async post<T>(rest: string, body: unknown): Promise<T> {
    return json<T>(await this.ask(rest, { method: 'POST', headers: this.stateHeaders(), body: JSON.stringify(body) }));
  }

  private stateHeaders(): Record<string, string> {
    const headers: Record<string, string> = { 'Content-Type': 'application/json' };
    if (this.csrf) headers['X-Sealpost-Csrf'] = this.csrf;
    return headers;
  }

  private async ask(rest: string, init: RequestInit, alsoGood: number[] = []): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(this.path(rest), { credentials: 'same-origin', cache: 'no-store', redirect: 'error', ...init });
    } catch {
      throw new Failed('offline');
    }
    if (response.ok || alsoGood.includes(response.status)) return response;
    throw failure(response.status, await response.text().catch(() => ''));
  }
}

/** Tries again what a lost line or a busy server spoilt, nothing else. */
async function retried<T>(step: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof Failed) || (error.problem.kind !== 'offline' && error.problem.kind !== 'server')) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return step();
}

async function json<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch {
    throw new Failed('server');
  }
}

async function exactly(response: Response, size: number, progress?: (octets: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(size);
  let length = 0;
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Failed('offline');
    });
    if (done) break;
    if (length + value.length > size) {
      void reader.cancel().catch(() => {});
      throw new Damaged();
    }
    out.set(value, length);
    length += value.length;
    progress?.(length);
  }
  if (length !== size) throw new Damaged();
  return out;
}

function kindOf(status: number): ProblemKind {
  if (status === 401) return 'session-ended';
  if (status === 413) return 'too-large';
  return status >= 500 ? 'server' : 'refused';
}

/** An error body as the interface has it, or the nearest thing for an answer from something in between. */
function failure(status: number, body: string): Failed {
  let told: Record<string, unknown> = {};
  try {
    told = ((JSON.parse(body) as { error?: Record<string, unknown> } | null)?.error ?? {}) as Record<string, unknown>;
  } catch {
    // not JSON: a proxy's page
  }
  const kind = SHARED.find((shared) => shared === told.code) ?? kindOf(status);
  const problem: Problem = { kind };
  if (typeof told.retry_at === 'string') problem.retryAt = told.retry_at;
  if (typeof told.tries_left === 'number') problem.triesLeft = told.tries_left;
  if (typeof told.max_bytes === 'number') problem.maxBytes = told.max_bytes;
  if (Array.isArray(told.missing)) problem.missing = told.missing.filter((index): index is number => Number.isInteger(index));
  return new Failed(problem);
}
