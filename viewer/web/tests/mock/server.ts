// A stand-in for the viewer's server: the HTTP interface and the page shell, in memory, for tests of the browser side
// alone. It judges what it is sent (proofs, signatures, origins) as the real one must; it is not a model of its limits.

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ed25519 } from '@noble/curves/ed25519.js';
import { fromBase64url, toBase64url } from '../../src/format/bytes.ts';
import { signingInput } from '../../src/format/reply.ts';
import { fromUuid } from '../../src/format/uuid.ts';
import type { Sealed } from './message.ts';

export interface ReplyAtServer {
  parts: Map<number, Buffer>;
  /** What has arrived of parts that come in pieces. */
  partial: Map<number, Buffer>;
  /** The writer's own copy. */
  copy: Buffer | null;
  sent: { reference: string; received_at: string } | null;
}

interface Held {
  sealed: Sealed;
  state: 'open' | 'expired' | 'withdrawn' | 'disowned';
  /** Asked for more time today. */
  askedMoreTime?: true;
  codes: string[];
  triesLeft: number;
  session: { cookie: string; csrf: string; verified: boolean } | null;
  askedAt: number;
  replies: Map<string, ReplyAtServer>;
  language?: string;
}

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** When its head was here, and when its answer was handed on; by `performance.now()`. */
  at: number;
  answered?: number;
}

const WEB = process.cwd();
const TEMPLATES = join(WEB, '../templates');
const DIST = join(WEB, 'dist');

export class MockServer {
  readonly messages = new Map<string, Held>();
  readonly seen: Seen[] = [];
  origin = '';
  /** Changes an answer's body on its way. */
  tamper: ((path: string, body: Buffer) => Buffer) | null = null;
  /** Drops the connection where this says so. */
  drop: ((method: string, path: string) => boolean) | null = null;
  /** Answers with this status where it says so. */
  status: ((method: string, path: string) => number | null) | null = null;
  /** What it says of later messages. */
  later: unknown = [];
  grantChanges: Record<string, unknown> = {};
  /** As the product's, where mails have 50 MiB at most (`largest_reply` in server/src/mails/reply.rs). */
  maxBytes = 38_217_531;
  maxFiles = 20;
  idleMinutes = 20;
  sessionMinutes = 480;
  /** Says an error of the interface where it gives one. */
  says: ((method: string, path: string) => { status: number; code: string; extra?: object } | null) | null = null;
  /** Holds an answer back until the promise is kept. */
  detain: ((method: string, path: string) => Promise<void> | null) | null = null;
  delay = 0;
  withTrustedTypes = true;

  private constructor(private readonly server: Server) {}

  /** What sealing may add to a reply that is as large as it may be. */
  private get mostSealed(): number {
    return this.maxBytes + this.maxBytes / 1024 + 8192 * (this.maxFiles + 1) + 65_536;
  }

  static async start(): Promise<MockServer> {
    const server = createServer((request, response) => void mock.take(request, response));
    const mock = new MockServer(server);
    await new Promise<void>((resolve) => server.listen(Number(process.env.MOCK_PORT ?? 0), '127.0.0.1', resolve));
    mock.origin = `http://localhost:${(server.address() as { port: number }).port}`;
    return mock;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  hold(sealed: Sealed): Held {
    const held: Held = { sealed, state: 'open', codes: [], triesLeft: 5, session: null, askedAt: 0, replies: new Map() };
    this.messages.set(sealed.handle, held);
    return held;
  }

  linkTo(sealed: Sealed): string {
    return `${this.origin}/m/${sealed.handle}${sealed.fragment}`;
  }

  endSession(sealed: Sealed): void {
    this.messages.get(sealed.handle)!.session = null;
  }

  codeOf(sealed: Sealed): string {
    return this.messages.get(sealed.handle)!.codes.at(-1)!;
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url!, this.origin).pathname;
    const method = request.method!;
    const seen: Seen = { method, path, headers: request.headers, at: performance.now() };
    this.seen.push(seen);
    response.on('finish', () => (seen.answered = performance.now()));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (this.delay) await new Promise((resolve) => setTimeout(resolve, this.delay));
    if (this.drop?.(method, path)) return void request.socket.destroy();
    const forced = this.status?.(method, path);
    if (forced) return error(response, forced, forced === 401 ? 'session-ended' : 'server');
    const said = this.says?.(method, path);
    if (said) return error(response, said.status, said.code, said.extra);
    await this.detain?.(method, path);
    const body = Buffer.concat(chunks);
    const api = /^\/api\/v1\/m\/([^/]+)\/(.+)$/.exec(path);
    if (api) return this.api(request, response, method, api[1]!, api[2]!, body);
    if (path.startsWith('/assets/')) return asset(response, path.slice('/assets/'.length));
    const page = /^\/([ms])\/([^/]*)/.exec(path);
    const lang = new URL(request.url!, this.origin).searchParams.get('lang') ?? (/^cy/.test(request.headers['accept-language'] ?? '') ? 'cy' : 'en');
    if (page) return this.page(response, page[1] === 'm' ? 'landing' : 'sender', path, lang, decodeURIComponent(page[2]!));
    const plain = ['home', 'genuine', 'privacy', 'accessibility', 'cookies', 'problem'].find((name) => path === (name === 'home' ? '/' : `/${name}`));
    this.page(response, plain ?? 'not-found', path, lang, '');
  }

  private page(response: ServerResponse, template: string, here: string, lang: string, handle: string): void {
    const nonce = randomBytes(16).toString('base64');
    const manifest = JSON.parse(readFileSync(join(DIST, 'manifest.json'), 'utf8')) as Record<string, string>;
    const sender = template === 'sender';
    const landing = template === 'landing' || sender;
    const names = { organisation: 'Example Trust', phone: '01632 960000' };
    const html = render(template, {
      ...Object.fromEntries(VARIABLES.map((name) => [name, ''])),
      title: say(lang, `${template}-title`, names),
      lang,
      other: lang === 'cy' ? 'en' : 'cy',
      english: lang === 'en' ? '1' : '',
      welsh: lang === 'cy' ? '1' : '',
      here: landing ? '' : here,
      query: lang === 'cy' ? '?lang=cy' : '',
      ...names,
      organisation_en: names.organisation,
      phone: names.phone.replace(/ /g, '\u00a0'),
      phone_en: names.phone,
      organisation_cy: names.organisation,
      phone_cy: names.phone,
      tel_en: '01632960000',
      tel_cy: '01632960000',
      style_href: `/assets/${manifest[sender ? 'sender.css' : 'style.css']}`,
      icon_href: `/assets/${manifest['icon.svg']}`,
      main_src: landing ? `/assets/${manifest[sender ? 'sender.js' : 'main.js']}` : '',
      worker_src: landing ? `/assets/${manifest['worker.js']}` : '',
      style_nonce: landing ? nonce : '',
      handle,
      reference: this.messages.get(handle)?.sealed.reference ?? '',
      message: template === 'problem' ? say(lang, 'problem-internal', names) : '',
    });
    response.writeHead(template === 'not-found' ? 404 : 200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': this.withTrustedTypes ? policy(nonce) : policy(nonce).replace(/; require-trusted.*/, ''),
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    });
    response.end(html);
  }

  private api(request: IncomingMessage, response: ServerResponse, method: string, handle: string, rest: string, body: Buffer): void {
    const held = this.messages.get(handle);
    const changes = method !== 'GET' && method !== 'HEAD';
    if (changes && request.headers.origin && request.headers.origin !== this.origin) return error(response, 403, 'origin');
    const type = request.headers['content-type'];
    if (changes && type !== 'application/json' && type !== 'application/octet-stream') return error(response, 415, 'type');

    if (['summary', 'code', 'exposed', 'not-for-me', 'more-time', 'damaged'].includes(rest)) {
      const { proof, language } = JSON.parse(body.toString()) as { proof: string; language?: string };
      const octets = fromBase64url(proof);
      if (!held || !octets || sha256(octets) !== held.sealed.proofDigest) return error(response, 404, 'not-found');
      if (rest === 'exposed') return void response.writeHead(204).end();
      if (rest === 'not-for-me') return this.disown(response, held);
      if (rest === 'more-time') return this.moreTime(response, held);
      if (rest === 'damaged') return void response.writeHead(202).end();
      if (rest === 'code' && language) held.language = language;
      return rest === 'summary' ? this.summary(response, held) : this.code(response, held);
    }
    if (!held) return error(response, 404, 'not-found');
    const cookie = new RegExp(`${cookieName(handle)}=([\\w-]+)`).exec(request.headers.cookie ?? '')?.[1];
    const session = held.session && held.session.cookie === cookie ? held.session : null;
    if (rest === 'verify') return this.verify(response, held, session !== null, body);
    if (!session?.verified) return error(response, 401, 'session-ended');
    if (changes && request.headers['x-sealpost-csrf'] !== session.csrf) return error(response, 403, 'csrf');
    this.inSession(request, response, method, rest, held, session.csrf, body);
  }

  private disown(response: ServerResponse, held: Held): void {
    if (held.state !== 'open' && held.state !== 'disowned') return error(response, 410, held.state);
    held.state = 'disowned';
    held.session = null;
    response.writeHead(204).end();
  }

  private moreTime(response: ServerResponse, held: Held): void {
    if (held.askedMoreTime) return error(response, 429, 'asked-already', { retry_at: new Date(Date.now() + 86_400_000).toISOString() });
    held.askedMoreTime = true;
    response.writeHead(202).end();
  }

  private summary(response: ServerResponse, { sealed, state, language }: Held): void {
    json(response, 200, {
      organisation: { name: 'Example Trust', phone: '01632 960000' },
      captured_at: sealed.view.captured_at,
      reference: sealed.reference,
      masked_address: 'r•••••@example.com',
      expires_at: sealed.view.expires_at,
      state,
      ...(language ? { language } : {}),
    });
  }

  private code(response: ServerResponse, held: Held): void {
    if (held.state !== 'open') return error(response, 410, held.state);
    const wait = held.askedAt + 30_000 - Date.now();
    if (wait > 0 && held.session) return error(response, 429, 'wait', { retry_at: new Date(Date.now() + wait).toISOString() });
    if (held.codes.length >= 10) return error(response, 429, 'too-many-codes', { retry_at: new Date(Date.now() + 86_400_000).toISOString() });
    held.askedAt = Date.now();
    held.triesLeft = 5;
    held.codes.push(String(randomBytes(4).readUInt32BE() % 1e8).padStart(8, '0'));
    held.session = { cookie: randomBytes(32).toString('base64url'), csrf: '', verified: false };
    setCookie(response, held);
    json(response, 202, {
      masked_address: 'r•••••@example.com',
      requested_at: new Date().toISOString(),
      valid_minutes: 15,
      resend_after_seconds: 30,
      codes_left: 10 - held.codes.length,
    });
  }

  private verify(response: ServerResponse, held: Held, asked: boolean, body: Buffer): void {
    if (!asked) return error(response, 401, 'ask-first');
    const { code } = JSON.parse(body.toString()) as { code: string };
    if (!/^\d{8}$/.test(code)) return error(response, 400, 'malformed-code');
    if (held.triesLeft <= 0) return error(response, 403, 'code-expired');
    if (!held.codes.slice(-2).includes(code)) {
      held.triesLeft -= 1;
      return error(response, 403, 'wrong-code', { tries_left: held.triesLeft });
    }
    held.session = { cookie: randomBytes(32).toString('base64url'), csrf: randomBytes(16).toString('base64url'), verified: true };
    setCookie(response, held);
    json(response, 200, { csrf: held.session.csrf, idle_minutes: this.idleMinutes, expires_at: new Date(Date.now() + this.sessionMinutes * 60_000).toISOString() });
  }

  private inSession(request: IncomingMessage, response: ServerResponse, method: string, rest: string, held: Held, csrf: string, body: Buffer): void {
    const { sealed } = held;
    if (rest === 'language') {
      held.language = (JSON.parse(body.toString()) as { language: string }).language;
      response.writeHead(204);
      return void response.end();
    }
    if (rest === 'grant') {
      return json(response, 200, {
        message_id: sealed.messageId,
        recipient_id: sealed.recipientId,
        profile: sealed.profile,
        share: toBase64url(sealed.share),
        view_size: sealed.viewAge.length,
        message_size: sealed.messageAge.length,
        expires_at: sealed.view.expires_at,
        captured_at: sealed.view.captured_at,
        csrf,
        reply: { max_bytes: this.maxBytes, max_files: this.maxFiles },
        ...this.grantChanges,
      });
    }
    if (rest === 'view.age' || rest === 'message.age') {
      const whole = Buffer.from(rest === 'view.age' ? sealed.viewAge : sealed.messageAge);
      return sendFile(request, response, this.tamper ? this.tamper(rest, whole) : whole);
    }
    if (rest === 'replies' && method === 'POST') {
      const reply_id = randomUUID();
      held.replies.set(reply_id, { parts: new Map(), partial: new Map(), copy: null, sent: null });
      return json(response, 201, { reply_id });
    }
    const part = /^replies\/([^/]+)\/parts\/(\d+)$/.exec(rest);
    if (part && method === 'PUT') {
      const reply = held.replies.get(part[1]!);
      if (!reply) return error(response, 404, 'not-found');
      const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(request.headers['content-range'] ?? '');
      if (range) return this.piece(response, reply, Number(part[2]), range.slice(1).map(Number), body);
      if (body.length > this.mostSealed) return error(response, 413, 'too-large', { max_bytes: this.maxBytes });
      reply.parts.set(Number(part[2]), body);
      return void response.writeHead(204).end();
    }
    const copy = /^replies\/([^/]+)\/copy$/.exec(rest);
    if (copy && method === 'PUT') {
      const reply = held.replies.get(copy[1]!);
      if (!reply) return error(response, 404, 'not-found');
      if (reply.sent) return error(response, 409, 'already-sent');
      if (body.length > 270_336) return error(response, 413, 'too-large');
      reply.copy = body;
      return void response.writeHead(204).end();
    }
    if (rest === 'sent') return json(response, 200, { replies: this.copies(held).map(([reply_id, { copy, sent }]) => ({ reply_id, ...sent, size: copy!.length })) });
    if (rest === 'later') return json(response, 200, { messages: this.later });
    const mine = /^sent\/([^/]+)$/.exec(rest);
    if (mine) {
      const found = this.copies(held).find(([id]) => id === mine[1]);
      if (!found) return error(response, 404, 'not-found');
      return sendFile(request, response, this.tamper ? this.tamper(rest, found[1].copy!) : found[1].copy!);
    }
    const send = /^replies\/([^/]+)\/send$/.exec(rest);
    if (send && method === 'POST') return this.send(response, held, send[1]!, body);
    if (rest === 'touch' && method === 'POST') return json(response, 200, { csrf, idle_minutes: this.idleMinutes, expires_at: sealed.view.expires_at });
    if (rest === 'close' && method === 'POST') {
      held.session = null;
      return void response.writeHead(204, { 'Set-Cookie': `${cookieName(sealed.handle)}=; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age=0` }).end();
    }
    error(response, 404, 'not-found');
  }

  private copies({ replies }: Held): [string, ReplyAtServer][] {
    return [...replies].filter(([, { copy, sent }]) => copy && sent);
  }

  private piece(response: ServerResponse, reply: ReplyAtServer, index: number, [first, , total]: number[], body: Buffer): void {
    if (total! > this.mostSealed) return error(response, 413, 'too-large', { max_bytes: this.maxBytes });
    const before = first === 0 ? Buffer.alloc(0) : (reply.partial.get(index) ?? Buffer.alloc(0));
    if (before.length !== first) return error(response, 409, 'offset', { received: before.length });
    const now = Buffer.concat([before, body]);
    reply.partial.set(index, now);
    if (now.length < total!) return json(response, 202, { received: now.length });
    reply.parts.set(index, now);
    response.writeHead(204).end();
  }

  private send(response: ServerResponse, { sealed, replies }: Held, id: string, body: Buffer): void {
    const reply = replies.get(id);
    if (!reply) return error(response, 404, 'not-found');
    if (reply.sent) return json(response, 200, reply.sent);
    const { parts, signature } = JSON.parse(body.toString()) as { parts: number; signature: string };
    const missing = Array.from({ length: parts }, (_, index) => index).filter((index) => !reply.parts.has(index));
    if (missing.length > 0) return error(response, 409, 'incomplete', { missing });
    const digests = Array.from({ length: parts }, (_, index) => new Uint8Array(createHash('sha256').update(reply.parts.get(index)!).digest()));
    const ids = { message: fromUuid(sealed.messageId)!, recipient: fromUuid(sealed.recipientId)! };
    const input = signingInput(ids, fromUuid(id)!, digests);
    if (!ed25519.verify(fromBase64url(signature)!, input, sealed.replyPublic)) return error(response, 403, 'bad-signature');
    reply.sent = { reference: 'R4T-9KXM', received_at: new Date().toISOString() };
    json(response, 202, reply.sent);
  }
}

const sha256 = (octets: Uint8Array) => createHash('sha256').update(octets).digest('hex');

const cookieName = (handle: string) => `__Host-sealpost-${handle.slice(0, 8)}`;

function setCookie(response: ServerResponse, held: Held): void {
  response.setHeader('Set-Cookie', `${cookieName(held.sealed.handle)}=${held.session!.cookie}; Secure; HttpOnly; SameSite=Strict; Path=/`);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}

function error(response: ServerResponse, status: number, code: string, extra: object = {}): void {
  json(response, status, { error: { code, message: 'Something a reader could read.', ...extra } });
}

function sendFile(request: IncomingMessage, response: ServerResponse, whole: Buffer): void {
  const headers = { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store', 'Accept-Ranges': 'bytes' };
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (!range) return void response.writeHead(200, { ...headers, 'Content-Length': whole.length }).end(whole);
  const [start, end] = [Number(range[1]), Math.min(Number(range[2]), whole.length - 1)];
  if (start >= whole.length) return void response.writeHead(416, { 'Content-Range': `bytes */${whole.length}` }).end();
  const body = whole.subarray(start, end + 1);
  response.writeHead(206, { ...headers, 'Content-Range': `bytes ${start}-${end}/${whole.length}`, 'Content-Length': body.length }).end(body);
}

function asset(response: ServerResponse, name: string): void {
  try {
    const content = readFileSync(join(DIST, name.replace(/[^\w.-]/g, '')));
    const type = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }[name.split('.').pop()!] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Security-Policy': policy('none'), 'Cross-Origin-Resource-Policy': 'same-origin' });
    response.end(content);
  } catch {
    response.writeHead(404).end();
  }
}

export const policy = (nonce: string): string =>
  "default-src 'none'; script-src 'self'; worker-src 'self'; " +
  `style-src 'self' 'nonce-${nonce}'; ` +
  "img-src 'self' data: blob:; connect-src 'self'; font-src 'none'; frame-src 'self' blob:; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types sealpost-frame sealpost-worker dompurify";

/** Every variable of the templates; README.md says what each is. */
export const VARIABLES = ['lang', 'other', 'english', 'welsh', 'here', 'query', 'title', 'organisation', 'phone', 'organisation_en', 'phone_en', 'organisation_cy', 'phone_cy', 'tel_en', 'tel_cy', 'own_help', 'own_help_en', 'own_help_cy', 'own_genuine', 'own_privacy', 'own_accessibility', 'style_href', 'brand_href', 'logo_href', 'icon_href', 'main_src', 'worker_src', 'style_nonce', 'handle', 'reference', 'message'];

/** A text of the server's: these files have plain messages only. */
export function say(lang: string, key: string, values: Record<string, string>): string {
  for (const file of ['shell', 'pages']) {
    const found = new RegExp(`^${key} = (.*)$`, 'm').exec(readFileSync(join(WEB, `../locales/${lang}/${file}.ftl`), 'utf8'));
    if (found) return found[1]!.replace(/\{ \$(\w+) \}/g, (_, name: string) => values[name]!);
  }
  throw new Error(`no text ${key} in ${lang}`);
}

/** As much of handlebars as the templates use; an unknown name is an error, as in its strict mode. */
export function render(name: string, values: Record<string, string>): string {
  const read = (file: string) => readFileSync(join(TEMPLATES, `${file}.html`), 'utf8');
  const value = (key: string) => {
    if (!(key in values)) throw new Error(`unknown variable ${key} in ${name}`);
    return values[key]!;
  };
  const escape = (text: string) => text.replace(/[&<>"'`=]/g, (c) => `&#${c.charCodeAt(0)};`);
  const inner = /^\{\{#> layout\}\}\n([\s\S]*)\{\{\/layout\}\}\n$/.exec(read(name))![1]!;
  let html = read('layout').replace('{{> @partial-block}}', () => inner);
  // The innermost first.
  const choice = /\{\{#if (\w+)\}\}((?:(?!\{\{#if)[\s\S])*?)\{\{\/if\}\}/g;
  while (html.includes('{{#if')) {
    html = html.replace(choice, (_, key: string, block: string) => {
      const [yes, no] = block.split('{{else}}');
      return (value(key) ? yes : no) ?? '';
    });
  }
  return html
    .replace(/\{\{t "([\w-]+)"( lang=other)?\}\}/g, (_, key: string, other?: string) => escape(say(value(other ? 'other' : 'lang'), key, values)))
    .replace(/\{\{(\w+)\}\}/g, (_, key: string) => escape(value(key)));
}
