// The worker's end of the line, against a server made of promises: silence, a CSRF value that went stale, words.

import assert from 'node:assert/strict';
import { afterEach, describe, mock, test } from 'node:test';
import { Api } from '../src/api.ts';
import { Failed, type Problem } from '../src/problem.ts';
import { failure, SILENT_AFTER } from '../src/wire.ts';

const real = { fetch: globalThis.fetch, XMLHttpRequest: globalThis.XMLHttpRequest };
afterEach(() => {
  mock.timers.reset();
  Object.assign(globalThis, real);
});

const answer = (status: number, body: unknown) => new Response(JSON.stringify(body), { status, headers: { Date: 'Fri, 20 Nov 2026 09:00:00 GMT' } });
const aborted = (signal: AbortSignal) => new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));

async function problemOf(promise: Promise<unknown>): Promise<Problem> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Failed, String(error));
    return error.problem;
  }
  assert.fail('it went well');
}

const settle = async () => {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a line on which nothing moves', () => {
  test('is given up after a minute, and not tried again unasked', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let asked = 0;
    globalThis.fetch = (_, init) => (asked++, aborted(init!.signal!));
    const told = problemOf(new Api('h').whole('view.age', 10));
    mock.timers.tick(SILENT_AFTER);
    assert.deepEqual(await told, { kind: 'offline', silent: true });
    assert.equal(asked, 1);
  });

  test('is not given up while octets come, however slowly', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    let body!: ReadableStreamDefaultController<Uint8Array>;
    globalThis.fetch = async (_, init) => {
      init!.signal!.addEventListener('abort', () => body.error(new Error('aborted')));
      return new Response(new ReadableStream({ start: (controller) => void (body = controller) }));
    };
    const whole = new Api('h').whole('view.age', 3);
    for (const octet of [1, 2, 3]) {
      await settle();
      mock.timers.tick(SILENT_AFTER - 1_000);
      body.enqueue(Uint8Array.of(octet));
    }
    await settle();
    body.close();
    assert.deepEqual(await whole, Uint8Array.of(1, 2, 3));
  });

  test('ends an upload too', async () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    globalThis.XMLHttpRequest = class {
      upload = {};
      onabort = () => {};
      open() {}
      setRequestHeader() {}
      send() {}
      abort() {
        this.onabort();
      }
    } as unknown as typeof XMLHttpRequest;
    const told = problemOf(new Api('h').putPart('r', 0, new Blob(['x']), 0, { progress: () => {}, arrived: () => {} }));
    mock.timers.tick(SILENT_AFTER);
    assert.deepEqual(await told, { kind: 'offline', silent: true });
  });
});

describe('the view, which is asked for before it is known how long it is', () => {
  const answered = () => (globalThis.fetch = async () => new Response(Uint8Array.of(1, 2, 3)));

  test('is taken once that is known, and at that length only', async () => {
    answered();
    for (const [size, fits] of [[2, false], [3, true], [4, false]] as const) {
      let tell!: (size: number) => void;
      const whole = new Api('h').whole('view.age', new Promise<number>((resolve) => (tell = resolve)));
      const settled = whole.then(() => true, () => false);
      assert.equal(await Promise.race([settled, settle().then(() => 'waits')]), 'waits');
      tell(size);
      assert.equal(await settled, fits, String(size));
    }
  });

  test('is nobody’s where there is no grant', async () => {
    answered();
    const told = problemOf(new Api('h').whole('view.age', Promise.reject(new Failed('session-ended'))));
    assert.deepEqual(await told, { kind: 'session-ended' });
  });

  test('is not asked for again once it is unwanted', async () => {
    let asked = 0;
    globalThis.fetch = async () => (asked++, answer(503, {}));
    const unwanted = new AbortController();
    const told = problemOf(new Api('h').whole('view.age', 3, undefined, unwanted.signal));
    await settle();
    unwanted.abort();
    assert.deepEqual(await told, { kind: 'cancelled' });
    assert.equal(asked, 1);
  });
});

describe('a CSRF value that went stale', () => {
  test('is asked for once, and the request repeated', async () => {
    const seen: [string, string | null][] = [];
    globalThis.fetch = async (url, init) => {
      const name = String(url).replace(/^.*\//, '');
      const csrf = new Headers(init?.headers).get('X-Sealpost-Csrf');
      seen.push([name, csrf]);
      if (name === 'grant') return answer(200, { csrf: 'new', expires_at: '2026-11-20T10:00:00Z' });
      return csrf === 'new' ? answer(201, { reply_id: 'r' }) : answer(403, { error: { code: 'csrf' } });
    };
    assert.equal(await new Api('h').newReply(), 'r');
    assert.deepEqual(seen, [['replies', null], ['grant', null], ['replies', 'new']]);
  });

  test('is not asked for twice', async () => {
    let asked = 0;
    globalThis.fetch = async (url) => (asked++, String(url).endsWith('grant') ? answer(200, { csrf: 'new', expires_at: '2026-11-20T10:00:00Z' }) : answer(403, { error: { code: 'csrf' } }));
    assert.equal((await problemOf(new Api('h').newReply())).kind, 'csrf');
    assert.equal(asked, 3);
  });
});

test('the end of a session is counted by the server’s clock', async () => {
  globalThis.fetch = async () => answer(200, { csrf: 'c', idle_minutes: 7, expires_at: '2026-11-20T17:00:00Z' });
  assert.deepEqual(await new Api('h').verify('12345678'), { idle_minutes: 7, ends_in: 8 * 3_600_000 });
});

test('an answer that did not arrive whole is the line’s fault, one that is no JSON the server’s', async () => {
  const half = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('{"csrf":')),
    pull: (controller) => controller.error(new TypeError('network error')),
  });
  for (const [body, kind] of [[half, 'offline'], ['{"csrf":', 'server'], ['<html>', 'server']] as const) {
    globalThis.fetch = async () => new Response(body, { status: 200 });
    assert.equal((await problemOf(new Api('h').grant())).kind, kind);
  }
});

test('words of the interface, with their times', () => {
  const told = (status: number, error: object) => failure(status, JSON.stringify({ error })).problem;
  assert.deepEqual(told(429, { code: 'slow-down', retry_at: 'T' }), { kind: 'slow-down', retryAt: 'T' });
  assert.deepEqual(told(429, { code: 'too-many-replies', retry_at: 'T' }), { kind: 'too-many-replies', retryAt: 'T' });
  assert.deepEqual(failure(429, '<html>').problem, { kind: 'slow-down' });
  assert.deepEqual(failure(502, '<html>').problem, { kind: 'server' });
});
