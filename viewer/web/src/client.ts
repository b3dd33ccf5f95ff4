// The page's end of the worker.

import { Failed } from './problem.ts';
import type { Answered, Asked, Kind, Progress, Request, Response } from './protocol.ts';

interface Waiting {
  resolve: (answer: never) => void;
  reject: (error: Failed) => void;
  progress: ((progress: Progress) => void) | undefined;
}

/** How a command is followed on its way. */
type Watched = [progress?: Waiting['progress'], cancelled?: AbortSignal];

export class Client {
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private broken = false;

  constructor(private readonly worker: Worker) {
    worker.onmessage = (event: MessageEvent<Response>) => this.take(event.data);
    // The script did not load or does not run here: every command would wait for ever.
    worker.onerror = () => {
      this.broken = true;
      for (const { reject } of this.waiting.values()) reject(new Failed('unsupported'));
      this.waiting.clear();
    };
  }

  ask<K extends Kind>(kind: K, ...[asked, progress, cancelled]: Asked<K> extends void ? [void?, ...Watched] : [Asked<K>, ...Watched]): Promise<Answered<K>> {
    if (this.broken) return Promise.reject(new Failed('unsupported'));
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.waiting.set(id, { resolve, reject, progress });
      const request: Request<K> = { id, kind, asked: asked as Asked<K> };
      this.worker.postMessage(request);
      cancelled?.addEventListener('abort', () => void this.ask('cancel', { id }));
    });
  }

  /** Ends the worker, and with it whatever it knows. */
  end(): void {
    this.broken = true;
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(new Failed('session-ended'));
    this.waiting.clear();
  }

  private take(response: Response): void {
    const waiting = this.waiting.get(response.id);
    if (!waiting) return;
    if ('progress' in response) return waiting.progress?.(response.progress);
    this.waiting.delete(response.id);
    if ('problem' in response) waiting.reject(new Failed(response.problem));
    else waiting.resolve(response.answer as never);
  }
}

export function startWorker(src: string): Client {
  return new Client(new Worker(scriptUrl(src) as string));
}

/** Only our own hashed worker is ever a script address: the policy lets nothing else through. */
function scriptUrl(src: string): TrustedScriptURL | string {
  const check = (url: string) => {
    if (!/^\/assets\/worker-[0-9a-f]+\.js$/.test(url)) throw new TypeError('not the worker');
    return url;
  };
  const policy = window.trustedTypes?.createPolicy('sealpost-worker', { createScriptURL: check });
  return policy ? policy.createScriptURL(src) : check(src);
}
