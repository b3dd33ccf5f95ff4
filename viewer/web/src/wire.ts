// One request over a line that may be lost, slow or silent, and what its answer means when it is not the wanted one.

import { Failed, type Problem, type ProblemKind } from './problem.ts';

/** A line on which nothing has moved for so long is taken for lost. */
export const SILENT_AFTER = 60_000;

/** Waits between tries over a line that comes and goes. */
const PAUSES = [500, 1_500, 4_000];

/** The codes that the interface and the pages call by the same word. */
const SHARED: ProblemKind[] = [
  'not-found', 'expired', 'withdrawn', 'disowned', 'asked-already', 'reminded-already', 'reminded-enough', 'slow-down',
  'wait', 'too-many-codes', 'wrong-code', 'code-expired', 'too-many-tries', 'ask-first', 'malformed-code',
  'session-ended', 'csrf', 'too-large', 'too-many-replies', 'incomplete', 'bad-signature', 'offset',
];

/** Reads the wanted answer; says by `moved` that octets came. */
export type Read<T> = (response: Response, moved: () => void) => Promise<T>;

export async function ask<T>(url: string, init: RequestInit, read: Read<T>, alsoGood: number[] = [], cancelled?: AbortSignal): Promise<T> {
  if (cancelled?.aborted) throw new Failed('cancelled');
  const controller = new AbortController();
  const cancel = () => controller.abort();
  cancelled?.addEventListener('abort', cancel);
  const watch = watchFor(() => controller.abort());
  try {
    const response = await fetch(url, { credentials: 'same-origin', cache: 'no-store', redirect: 'error', ...init, signal: controller.signal }).catch(() => {
      throw new Failed('offline');
    });
    watch.moved();
    if (!response.ok && !alsoGood.includes(response.status)) throw failure(response.status, await response.text().catch(() => ''));
    return await read(response, watch.moved);
  } catch (error) {
    if (cancelled?.aborted) throw new Failed('cancelled');
    throw controller.signal.aborted ? silence() : error;
  } finally {
    cancelled?.removeEventListener('abort', cancel);
    watch.done();
  }
}

/** XMLHttpRequest, because fetch tells nothing about the progress of an upload. */
export function put(url: string, headers: Record<string, string>, body: Blob, progress: (octets: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const watch = watchFor(() => request.abort());
    const end = (error?: Failed) => {
      watch.done();
      if (error) reject(error);
      else resolve();
    };
    request.open('PUT', url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      watch.moved();
      progress(event.loaded);
    };
    request.onerror = () => end(new Failed('offline'));
    // Nobody else aborts it.
    request.onabort = () => end(silence());
    request.onload = () => end(request.status >= 200 && request.status < 300 ? undefined : failure(request.status, request.responseText));
    request.send(body);
  });
}

/** Tries again what a lost line or a busy server spoilt, nothing else. After a silence the reader has waited enough. */
export async function retried<T>(step: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof Failed) || error.problem.silent || (error.problem.kind !== 'offline' && error.problem.kind !== 'server')) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return step();
}

export async function json<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    // What arrived whole and is no JSON is the server's fault; what did not arrive whole, the line's.
    throw new Failed(error instanceof SyntaxError ? 'server' : 'offline');
  }
}

/** Milliseconds until `at`, by the server's clock: the reader's may be wrong by hours. */
export function untilThen(response: Response, at: string): number {
  const now = Date.parse(response.headers.get('Date') ?? '');
  return Date.parse(at) - (Number.isNaN(now) ? Date.now() : now);
}

const silence = () => new Failed({ kind: 'offline', silent: true });

function watchFor(silent: () => void): { moved: () => void; done: () => void } {
  let timer = setTimeout(silent, SILENT_AFTER);
  const done = () => clearTimeout(timer);
  const moved = () => {
    done();
    timer = setTimeout(silent, SILENT_AFTER);
  };
  return { moved, done };
}

function kindOf(status: number): ProblemKind {
  if (status === 401) return 'session-ended';
  if (status === 413) return 'too-large';
  if (status === 429) return 'slow-down';
  return status >= 500 ? 'server' : 'refused';
}

/** An error body as the interface has it, or the nearest thing for an answer from something in between. */
export function failure(status: number, body: string): Failed {
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
  if (Number.isSafeInteger(told.received)) problem.received = told.received as number;
  return new Failed(problem);
}
