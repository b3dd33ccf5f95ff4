// The viewer's HTTP interface, as the worker uses it. No secret but the open proof, the code and ciphertext passes here.

import { Damaged } from './age/damaged.ts';
import type { Source } from './age/reader.ts';
import { laterMessages, type LaterMessage } from './format/later.ts';
import { Failed } from './problem.ts';
import type { CodeAsked, ReplySent, Side, Summary, Timeline, Verified } from './protocol.ts';
import type { Language } from './texts.ts';
import { ask, json, put, retried, untilThen } from './wire.ts';

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
  /** Only some servers say it here as well. */
  idle_minutes?: number;
  reply: { max_bytes: number; max_files: number };
}

/** Octets of a part per request. A lost line costs at most so much, and the server keeps even the half of it. */
const PIECE = 1_048_576;

/** A server that forgets again and again does not keep the reader for ever. */
const MOST_DISAGREEMENTS = 40;

export interface PartWatch {
  progress(octets: number): void;
  arrived(octets: number): void;
}

export class Api {
  private csrf = '';

  constructor(
    private readonly handle: string,
    private readonly side: Side = 'm',
  ) {}

  private path(rest: string): string {
    return `/api/v1/${this.side}/${this.handle}/${rest}`;
  }

  summary = (proof: string) => this.post<Summary>('summary', { proof });

  exposed = (proof: string): Promise<void> => this.post('exposed', { proof }, async () => {});

  /** Said again, it is answered the same. */
  disown = (proof: string): Promise<void> => retried(() => this.post('not-for-me', { proof }, async () => {}));

  moreTime = (proof: string): Promise<void> => this.post('more-time', { proof }, async () => {});

  /** Said again within a day, it is answered the same. */
  damaged = (proof: string): Promise<void> => retried(() => this.post('damaged', { proof }, async () => {}));

  code = (proof: string, language: Language | null) => this.post<CodeAsked>('code', language ? { proof, language } : { proof });

  language = (language: Language): Promise<void> => this.post('language', { language }, async () => {});

  verify = (code: string): Promise<Verified> =>
    this.post('verify', { code }, async (response) => {
      const { csrf, idle_minutes, expires_at } = await json<{ csrf: string; idle_minutes: number; expires_at: string }>(response);
      this.csrf = csrf;
      return { idle_minutes, ends_in: untilThen(response, expires_at) };
    });

  /** `ends_in`: milliseconds until the message itself goes, and every session with it. */
  grant = (): Promise<Grant & { ends_in: number }> =>
    ask(this.path('grant'), {}, async (response) => {
      const grant = await json<Grant>(response);
      this.csrf = grant.csrf;
      return { ...grant, ends_in: untilThen(response, grant.expires_at) };
    });

  timeline = (): Promise<Timeline> => ask(this.path('timeline'), {}, (response) => this.toldTimeline(response));

  withdraw = (recipient: string | null): Promise<Timeline> => this.post('withdraw', recipient ? { recipient } : {}, (response) => this.toldTimeline(response));

  extend = (): Promise<Timeline> => this.post('extend', {}, (response) => this.toldTimeline(response));

  remind = (recipient: string): Promise<Timeline> => this.post('remind', { recipient }, (response) => this.toldTimeline(response));

  private async toldTimeline(response: Response): Promise<Timeline> {
    const timeline = await json<Timeline>(response);
    this.csrf = timeline.csrf;
    return { ...timeline, ends_in: untilThen(response, timeline.session_ends_at) };
  }

  /** Reads at most `size` octets, and none before it is known how many; another length is damage. */
  whole = (name: 'view.age', size: number | Promise<number>, progress?: (done: number, total: number) => void, cancelled?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> =>
    retried(() => ask(this.path(name), {}, async (response, moved) => exactly(response, await size, moved, progress), [], cancelled));

  /** `message.age` by range. */
  source(size: number): Source {
    return {
      size,
      read: (start, end, cancelled) =>
        retried(() =>
          ask(
            this.path('message.age'),
            { headers: { Range: `bytes=${start}-${end - 1}` } },
            async (response, moved) => {
              if (response.status === 416) throw new Damaged();
              if (response.status !== 206) return (await exactly(response, size, moved)).subarray(start, end);
              const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
              if (!range || Number(range[1]) !== start || Number(range[2]) !== end - 1 || Number(range[3]) !== size) throw new Damaged();
              return exactly(response, end - start, moved);
            },
            [416],
            cancelled,
          ),
        ),
    };
  }

  newReply = async () => (await this.post<{ reply_id: string }>('replies', {})).reply_id;

  /**
   * Puts a part in pieces, from octet `from` on. `arrived` hears how far the server has it, so that a later try goes
   * on there; where the server knows otherwise, its word counts.
   */
  async putPart(replyId: string, index: number, body: Blob, from: number, { progress, arrived }: PartWatch): Promise<void> {
    const path = this.path(`replies/${replyId}/parts/${index}`);
    let disagreements = 0;
    for (let at = Math.min(from, body.size); at < body.size || body.size === 0; arrived(at)) {
      const end = Math.min(at + PIECE, body.size);
      const whole = at === 0 && end === body.size;
      const range: Record<string, string> = whole ? {} : { 'Content-Range': `bytes ${at}-${end - 1}/${body.size}` };
      const send = () =>
        this.change('application/octet-stream', (headers) => put(path, { ...headers, ...range }, body.slice(at, end), (octets) => progress(at + octets)));
      try {
        await retried(send);
        if (whole) return;
        at = end;
      } catch (error) {
        const received = error instanceof Failed && error.problem.kind === 'offset' ? error.problem.received : undefined;
        if (received === undefined || received > body.size) throw error;
        // A line that breaks again and again gets a part through piece by piece.
        if (received <= at && ++disagreements > MOST_DISAGREEMENTS) throw error;
        at = received;
      }
    }
  }

  /** The server answers the same to a second call, so a lost answer is asked for again. */
  sendReply = (replyId: string, parts: number, signature: string) =>
    retried(() => this.post<ReplySent>(`replies/${replyId}/send`, { parts, signature }));

  /** The writer's own copy of a reply that is about to be sent; small, so at once. */
  putCopy = (replyId: string, copy: Blob): Promise<void> =>
    retried(() => this.change('application/octet-stream', (headers) => put(this.path(`replies/${replyId}/copy`), headers, copy, () => {})));

  /** The replies of this recipient that have a copy, the oldest first. */
  sentReplies = async (): Promise<{ reply_id: string; size: number }[]> => {
    const { replies } = await retried(() => ask(this.path('sent'), {}, json<{ replies: { reply_id: string; size: number }[] }>));
    return Array.isArray(replies) ? replies.filter((one) => typeof one === 'object' && one !== null) : [];
  };

  sentReply = (replyId: string, size: number): Promise<Uint8Array<ArrayBuffer>> =>
    retried(() => ask(this.path(`sent/${replyId}`), {}, (response, moved) => exactly(response, size, moved)));

  /** What the server says of later messages to this mailbox. */
  laterMessages = async (): Promise<LaterMessage[]> => {
    const { messages } = await retried(() => ask(this.path('later'), {}, json<{ messages: unknown }>));
    return laterMessages(messages);
  };

  /** Renews the session and releases nothing. */
  touch = (): Promise<void> => this.post('touch', {}, async () => {});

  close = (): Promise<void> => this.post('close', {}, async () => {});

  private post<T>(rest: string, body: unknown, read: (response: Response) => Promise<T> = json<T>): Promise<T> {
    return this.change('application/json', (headers) => ask(this.path(rest), { method: 'POST', headers, body: JSON.stringify(body) }, read));
  }

  /** A request that changes something. Where the session has another CSRF value by now, that one is asked for once. */
  private async change<T>(type: string, send: (headers: Record<string, string>) => Promise<T>): Promise<T> {
    const headers = (): Record<string, string> => ({ 'Content-Type': type, ...(this.csrf ? { 'X-Sealpost-Csrf': this.csrf } : {}) });
    try {
      return await send(headers());
    } catch (error) {
      if (!(error instanceof Failed) || error.problem.kind !== 'csrf') throw error;
      await (this.side === 's' ? this.timeline() : this.grant());
      return send(headers());
    }
  }
}

async function exactly(response: Response, size: number, moved: () => void, progress?: (done: number, total: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const out = new Uint8Array(size);
  let length = 0;
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new Failed('offline');
    });
    if (done) break;
    moved();
    if (length + value.length > size) {
      void reader.cancel().catch(() => {});
      throw new Damaged();
    }
    out.set(value, length);
    length += value.length;
    progress?.(length, size);
  }
  if (length !== size) throw new Damaged();
  return out;
}
