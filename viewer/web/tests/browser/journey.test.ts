// The reader's way in a real browser, against the stand-in server: what is said, what is sent, what is refused.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { Decrypter } from 'age-encryption';
import type { Page } from 'playwright-core';
import type { ReplyDocument } from '../../src/format/reply.ts';
import { makeMessage, octets, type MessageSpec, type Sealed } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { pdf, png, sampleMessage } from '../mock/samples.ts';
import { endSession, enterCode, launch, openMessage, type Browser } from './harness.ts';

let browser: Browser;
let server: MockServer;
let page: Page;
let errors: string[] = [];

before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function begin(spec: MessageSpec = {}): Promise<Sealed> {
  server = await MockServer.start();
  page = await browser.context.newPage();
  errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) errors.push(message.text());
  });
  const sealed = await makeMessage(spec);
  server.hold(sealed);
  return sealed;
}

afterEach(async () => {
  await page?.close();
  server?.stop();
});

const paths = (method: string) => server.seen.filter((seen) => seen.method === method).map((seen) => seen.path.replace(/^\/api\/v1\/m\/[^/]+/, ''));

async function saved(click: () => Promise<void>): Promise<{ name: string; content: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: download.suggestedFilename(), content: readFileSync(await download.path()) };
}

describe('the landing page', () => {
  test('asks for the summary and nothing else, and sends no code until the button is pressed', async () => {
    const sealed = await begin();
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
    await page.waitForTimeout(300);
    assert.deepEqual(paths('POST'), ['/summary']);
    assert.equal(await page.locator('h1').textContent(), 'You have a secure message.');
    assert.match((await page.locator('main').textContent())!, /Example Trust.*20 November 2026/s);
    assert.match((await page.locator('main').textContent())!, new RegExp(sealed.reference));
    assert.match((await page.locator('main').textContent())!, /r•••••@example\.com/);
    assert.doesNotMatch(await page.content(), /appointment/);
    assert.deepEqual(errors, []);
  });

  test('asks for nothing while the reader looks for the code, and then for all it needs at once', async () => {
    const sealed = await begin();
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).click();
    await page.getByRole('textbox', { name: 'Security code' }).fill(server.codeOf(sealed));
    // What is readied meanwhile comes from nowhere.
    await page.waitForTimeout(1_000);
    assert.deepEqual(paths('POST'), ['/summary', '/code']);
    assert.deepEqual(paths('GET').filter((path) => /^\/(?:grant|view|message|sent)/.test(path)), []);
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    server.detain = (_, path) => (path.endsWith('/grant') ? held : null);
    const asked = page.waitForRequest((request) => request.url().endsWith('/view.age'));
    await page.getByRole('button', { name: 'Continue' }).click();
    await asked;
    assert.equal(await page.locator('iframe').count(), 0);
    release();
    await page.getByRole('heading', { level: 1, name: sealed.view.headers.subject! }).waitFor();
    assert.deepEqual(errors, []);
  });

  test('never lets the link secret near the server', async () => {
    const sealed = await begin();
    await openMessage(page, server, sealed);
    const secret = sealed.fragment.slice(3);
    assert.ok(!server.seen.some((seen) => JSON.stringify([seen.path, seen.headers]).includes(secret)));
  });

  test('takes the message key where the fragment was cut off', async () => {
    const sealed = await begin();
    await page.goto(`${server.origin}/m/${sealed.handle}`);
    const field = page.getByRole('textbox', { name: 'Message key' });
    await field.fill(sealed.messageKey.replace(/^./, (c) => (c === '2' ? '3' : '2')));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').waitFor();
    assert.match(await page.title(), /^Error: /);
    await field.fill(sealed.messageKey.toLowerCase().replace(/-/g, ' '));
    await page.getByRole('button', { name: 'Continue' }).click();
    await enterCode(page, server, sealed);
    await page.locator('h1.subject').waitFor();
  });

  test('repairs a link whose fragment was pushed into the path, and says so', async () => {
    const sealed = await begin();
    await page.goto(`${server.origin}/m/${sealed.handle}${sealed.fragment.replace('#', '%23')}`);
    await page.getByText('changed the link on its way').waitFor();
    assert.equal(new URL(page.url()).pathname, `/m/${sealed.handle}`);
    assert.equal(new URL(page.url()).hash, sealed.fragment);
    await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
  });

  test('shows one page for an unknown handle and for a wrong secret', async () => {
    const sealed = await begin();
    const other = await makeMessage();
    const words: string[] = [];
    for (const link of [server.linkTo(other), server.linkTo({ ...sealed, fragment: other.fragment })]) {
      await page.goto('about:blank');
      await page.goto(link);
      await page.getByRole('heading', { name: 'We cannot find this message' }).waitFor();
      words.push((await page.locator('main').textContent())!);
    }
    assert.equal(words[0], words[1]);
  });

  test('says when a message has expired or was withdrawn', async () => {
    const sealed = await begin();
    server.messages.get(sealed.handle)!.state = 'expired';
    await page.goto(server.linkTo(sealed));
    await page.getByRole('heading', { name: 'This message is no longer available' }).waitFor();
    server.messages.get(sealed.handle)!.state = 'withdrawn';
    await page.reload();
    await page.getByRole('heading', { name: 'The sender has withdrawn this message' }).waitFor();
  });

  test('the skip link leaves the link secret where it is', async () => {
    const sealed = await begin();
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(new URL(page.url()).hash, sealed.fragment);
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
  });
});

describe('the code page', () => {
  test('counts the tries that are left, in a summary that takes focus', async () => {
    const sealed = await begin();
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).click();
    const field = page.getByRole('textbox', { name: 'Security code' });
    await field.waitFor();
    assert.equal(await field.getAttribute('inputmode'), 'numeric');
    assert.equal(await field.getAttribute('autocomplete'), 'one-time-code');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').getByText('Enter the security code').waitFor();
    await field.fill('1234');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').getByText('must have 8 numbers').waitFor();
    assert.deepEqual(paths('POST'), ['/summary', '/code']);
    const wrong = server.codeOf(sealed).replace(/^./, (c) => String((Number(c) + 1) % 10));
    await field.fill(wrong);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').getByText('You have 4 tries left').waitFor();
    assert.match(await page.title(), /^Error: Check your email/);
    assert.equal(await page.evaluate(() => document.activeElement?.className), 'error-summary');
    await page.getByRole('alert').getByRole('link').click();
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'code');
    assert.equal(new URL(page.url()).hash, sealed.fragment);
  });

  test('takes dots, dashes, spaces and full-width digits', async () => {
    const sealed = await begin();
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).click();
    const code = server.codeOf(sealed).replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d)));
    await page.getByRole('textbox', { name: 'Security code' }).fill(` ${code.slice(0, 2)}.${code.slice(2, 4)}–${code.slice(4)} `);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('h1.subject').waitFor();
  });

  test('goes on where it was when the phone threw the tab away', async () => {
    const sealed = await begin();
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).click();
    await page.getByRole('textbox', { name: 'Security code' }).waitFor();
    await page.reload();
    await page.getByRole('textbox', { name: 'Security code' }).fill(server.codeOf(sealed));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('h1.subject').waitFor();
    assert.equal(paths('POST').filter((path) => path === '/code').length, 1);
    await page.reload();
    await page.locator('h1.subject').waitFor();
    assert.equal(paths('POST').filter((path) => path === '/code').length, 1);
  });
});

describe('the message', () => {
  test('shows the body before any attachment is fetched, and attachments by range', async () => {
    const sealed = await begin(sampleMessage);
    await openMessage(page, server, sealed);
    const frame = page.frameLocator('iframe.paper-frame');
    await frame.getByText('Your appointment at the eye clinic is on').waitFor();
    assert.equal(await page.locator('h1').textContent(), sampleMessage.subject);
    await page.getByText('2 pictures from the internet were not loaded').waitFor();
    assert.ok(!paths('GET').includes('/message.age'));
    const { name, content } = await saved(() => page.getByRole('button', { name: 'Download Before your visit' }).click());
    assert.equal(name, 'Before your visit.docx');
    assert.ok(content.equals(Buffer.from(sampleMessage.parts![1]!.data)));
    assert.ok(server.seen.filter((seen) => seen.path.endsWith('/message.age')).every((seen) => /^bytes=\d+-\d+$/.test(seen.headers.range ?? '')));
    const text = await saved(() => page.getByRole('button', { name: 'Download Notes' }).click());
    assert.ok(text.content.equals(Buffer.from(sampleMessage.parts![3]!.data)));
    assert.deepEqual(errors, []);
  });

  for (const escrow of [true, false]) {
    test(`says ${escrow ? 'once, from what was sealed,' : 'nothing'} of an offline key ${escrow ? 'where there is one' : 'where there is none'}`, async () => {
      const sealed = await begin({ escrow });
      await openMessage(page, server, sealed);
      await page.getByText('Available until').waitFor();
      const said = page.getByText('Example Trust keeps an offline key that can open this message.', { exact: true });
      assert.equal(await said.count(), escrow ? 1 : 0);
      assert.equal(await page.getByText('offline').count(), escrow ? 1 : 0);
      assert.deepEqual(errors, []);
    });
  }

  test('reads the view of an earlier gateway, which knew no escrow', async () => {
    const sealed = await begin({ spoil: (view) => delete view.policy });
    await openMessage(page, server, sealed);
    assert.equal(await page.getByText('offline').count(), 0);
  });

  test('makes the frame as tall as the mail', async () => {
    const sealed = await begin(sampleMessage);
    await openMessage(page, server, sealed);
    for (const width of [1280, 375, 900]) {
      await page.setViewportSize({ width, height: 800 });
      await page.waitForTimeout(400);
      const frame = page.frames().find((one) => one.parentFrame() !== null)!;
      const inside = await frame.evaluate(() => document.documentElement.scrollHeight);
      const outside = await page.locator('iframe.paper-frame').evaluate((element) => element.clientHeight);
      const content = await frame.evaluate(() => Math.ceil(document.body.getBoundingClientRect().height));
      assert.ok(inside <= outside, `${width}: ${inside} in ${outside}`);
      assert.ok(outside - content < 24, `${width}: ${content} in ${outside}`);
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  test('offers View for pictures, PDF and text only, and downloads the rest as an unnamed kind', async () => {
    const sealed = await begin({
      parts: ['image/png', 'application/pdf', 'text/plain', 'text/html', 'image/svg+xml', 'application/xml', 'application/x-unknown', 'text/csv'].map((type, i) => ({
        name: `file ${i}`,
        type,
        data: type === 'application/pdf' ? pdf('x') : type === 'image/png' ? png(40, 30, [10, 20, 30]) : new Uint8Array(Buffer.from('<script>alert(1)</script>')),
      })),
    });
    await openMessage(page, server, sealed);
    const names = await page.getByRole('button', { name: /^View / }).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    assert.deepEqual(names, ['View file 0', 'View file 1', 'View file 2']);
    const types: string[] = [];
    await page.exposeFunction('blobSeen', (type: string) => types.push(type));
    await page.evaluate(() => {
      const make = URL.createObjectURL.bind(URL);
      URL.createObjectURL = (blob: Blob) => {
        void (window as unknown as { blobSeen(type: string): void }).blobSeen(blob.type);
        return make(blob);
      };
    });
    for (const i of [3, 4, 5, 6, 7]) await saved(() => page.getByRole('button', { name: `Download file ${i}` }).click());
    assert.deepEqual([...new Set(types)], ['application/octet-stream']);
    await page.getByRole('button', { name: 'View file 2' }).click();
    assert.equal(await page.locator('.viewer-text').textContent(), '<script>alert(1)</script>');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'View file 0' }).click();
    await page.waitForFunction(() => (document.querySelector('.viewer-picture') as HTMLImageElement | null)?.naturalWidth === 40);
  });

  test('shows a larger picture of the message after the body', async () => {
    const picture = png(300, 200, [1, 2, 3]);
    const sealed = await begin({ html: '<p>See <img src="cid:big@x" alt="plan"></p>', parts: [{ name: 'plan.png', type: 'image/png', data: picture, contentId: 'big@x' }] });
    await openMessage(page, server, sealed);
    // Asked of the frame anew each time: drawing it again gives it a new document.
    for (let tries = 0; ; tries++) {
      const frame = page.frames().find((one) => one.parentFrame() !== null);
      if ((await frame?.evaluate(() => document.querySelector('img')?.naturalWidth).catch(() => 0)) === 300) break;
      assert.ok(tries < 200, 'the picture came');
      await page.waitForTimeout(100);
    }
    assert.equal(await page.getByRole('heading', { name: 'Attachments' }).count(), 0);
  });

  test('gives the mail octet for octet, and a sealed file that its identity opens', async () => {
    const sealed = await begin({ ...sampleMessage, profile: 'x25519' });
    await openMessage(page, server, sealed);
    const copy = await saved(() => page.getByRole('button', { name: 'Download a copy' }).click());
    assert.match(copy.name, /\.eml$/);
    assert.ok(copy.content.equals(Buffer.from(sealed.content)));
    await page.getByText('Keep the sealed file').click();
    const age = await saved(() => page.getByRole('button', { name: 'Download the sealed file' }).click());
    await page.getByRole('button', { name: 'Show the identity' }).click();
    const identity = await page.getByRole('textbox', { name: 'Identity of this message' }).inputValue();
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    assert.ok(Buffer.from(await decrypter.decrypt(age.content)).equals(Buffer.from(sealed.content)));
  });

  test('shows plain text, and the words of a mail that has no text of its own', async () => {
    const sealed = await begin({ text: null, html: '<p>One<br>two</p><ul><li>three</li></ul>' });
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Show as plain text' }).click();
    assert.equal(await page.locator('.plain').textContent(), 'One\ntwo\n• three');
    assert.equal(await page.locator('iframe.paper-frame').isVisible(), false);
    await page.getByRole('button', { name: 'Show with its formatting' }).click();
    assert.equal(await page.locator('iframe.paper-frame').isVisible(), true);
  });

  test('is wiped by Close message, which also takes the secret out of the address', async () => {
    const sealed = await begin();
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Close message' }).click();
    await page.getByRole('heading', { name: 'Message closed' }).waitFor();
    assert.doesNotMatch(await page.content(), /appointment/);
    assert.equal(new URL(page.url()).hash, '');
    await page.waitForTimeout(200);
    assert.ok(paths('POST').includes('/close'));
    assert.equal(server.messages.get(sealed.handle)!.session, null);
  });
});

describe('a damaged message', () => {
  const flip = (name: string, where: number) => (path: string, body: Buffer) => {
    if (path !== name) return body;
    const changed = Buffer.from(body);
    changed[where < 0 ? body.length + where : where]! ^= 1;
    return changed;
  };
  const cases: [string, (sealed: Sealed, other: Sealed) => void][] = [
    ['a bit in the header of the view', () => (server.tamper = flip('view.age', 60))],
    ['a bit in the body of the view', () => (server.tamper = flip('view.age', -40))],
    ['a view cut short', () => (server.tamper = (path, body) => (path === 'view.age' ? body.subarray(0, -1) : body))],
    ['a view that goes on', () => (server.tamper = (path, body) => (path === 'view.age' ? Buffer.concat([body, Buffer.from('x')]) : body))],
    ['the view of another message', (_, other) => (server.tamper = (path, body) => (path === 'view.age' ? Buffer.from(other.viewAge) : body))],
    ['another message id', (_, other) => (server.grantChanges = { message_id: other.messageId })],
    ['another recipient id', (_, other) => (server.grantChanges = { recipient_id: other.recipientId })],
    ['another share', () => (server.grantChanges = { share: Buffer.from(octets(32)).toString('base64url') })],
    ['a short share', () => (server.grantChanges = { share: Buffer.from(octets(31)).toString('base64url') })],
    ['another size of message.age', (sealed) => (server.grantChanges = { message_size: sealed.messageAge.length + 1 })],
    ['an unknown profile', () => (server.grantChanges = { profile: 'x448' })],
  ];
  const spoilt: [string, MessageSpec][] = [
    ['a view of format 2', { spoil: (view) => (view.format = 2) }],
    ['a view that names another message', { spoil: (view) => (view.message_id = '00000000-0000-4000-8000-000000000000') }],
    ['a view of another profile', { spoil: (view) => (view.profile = 'x25519') }],
    ['a view without headers', { spoil: (view) => delete view.headers }],
    ['a part outside the content', { spoil: (view) => (view.parts = [{ name: 'a', type: 'text/plain', size: 1, encoding: 'identity', offset: 1_000_000, length: 1, content_id: null, inline: false, data: null }]) }],
  ];
  const uniform = new Set<string>();

  async function refusedAtOpening(sealed: Sealed): Promise<void> {
    await page.goto(server.linkTo(sealed));
    await enterCode(page, server, sealed);
    await page.getByRole('heading', { name: 'This message is damaged or was changed' }).waitFor();
    await page.getByRole('status').getByText('We have told the sender.').waitFor();
    uniform.add((await page.locator('main').textContent())!.replace(sealed.reference, 'REF'));
    assert.doesNotMatch(await page.content(), /appointment/);
  }

  for (const [name, spoil] of cases) {
    test(`${name} is refused`, async () => {
      const sealed = await begin();
      spoil(sealed, await makeMessage());
      await refusedAtOpening(sealed);
    });
  }
  for (const [name, spec] of spoilt) {
    test(`${name} is refused`, async () => {
      await refusedAtOpening(await begin(spec));
    });
  }

  for (const [name, press, tamper] of [
    ['a bit in the part', 'Download letter', flip('message.age', 100_000)],
    ['a bit in the last chunk', 'Download letter', flip('message.age', -1)],
    ['a message cut short', 'Download letter', (path: string, body: Buffer) => (path === 'message.age' ? body.subarray(0, -65_552) : body)],
    ['a bit in the header, for the copy', 'Download a copy', flip('message.age', 80)],
    ['a bit anywhere, for the copy', 'Download a copy', flip('message.age', 150_000)],
  ] as const) {
    test(`${name} takes the message away`, async () => {
      const sealed = await begin({ parts: [{ name: 'letter', type: 'application/pdf', data: octets(200_000) }] });
      await openMessage(page, server, sealed);
      server.tamper = tamper;
      let downloads = 0;
      page.on('download', () => downloads++);
      await page.getByRole('button', { name: press }).click();
      await page.getByRole('heading', { name: 'This message is damaged or was changed' }).waitFor();
      await page.getByRole('status').getByText('We have told the sender.').waitFor();
      uniform.add((await page.locator('main').textContent())!.replace(sealed.reference, 'REF'));
      assert.equal(downloads, 0);
    });
  }

  test('is not said to be told of where the server refuses that', async () => {
    const sealed = await begin();
    server.grantChanges = { profile: 'x448' };
    server.drop = (_, path) => path.endsWith('/damaged');
    await page.goto(server.linkTo(sealed));
    await enterCode(page, server, sealed);
    await page.getByRole('heading', { name: 'This message is damaged or was changed' }).waitFor();
    await page.getByText('Ask them to send the message again.').waitFor();
    await page.waitForTimeout(2_000);
    assert.equal(await page.getByText('We have told the sender.').count(), 0);
  });

  test('has one page for all of these', () => assert.equal(uniform.size, 1));
});

describe('the reply', () => {
  test('is sealed to the key in the view, signed, and arrives with its files', async () => {
    const sealed = await begin({ replyTo: ['clinic@example.org', 'practice@example.net'] });
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Thank you.\nI will come.');
    const big = Buffer.from(octets(3_000_000));
    await page.locator('#reply-files').setInputFiles([
      { name: 'form.pdf', mimeType: 'application/pdf', buffer: Buffer.from('form') },
      { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: big },
      { name: 'wrong.txt', mimeType: 'text/plain', buffer: Buffer.from('no') },
    ]);
    await page.getByRole('button', { name: 'Remove wrong.txt' }).click();
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
    assert.match((await page.locator('main').textContent())!, /R4T-9KXM/);

    const [replyId, reply] = [...server.messages.get(sealed.handle)!.replies][0]!;
    assert.equal(reply.parts.size, 3);
    const open = async (index: number) => {
      const decrypter = new Decrypter();
      decrypter.addIdentity(sealed.replyIdentity);
      return Buffer.from(await decrypter.decrypt(reply.parts.get(index)!));
    };
    const document = JSON.parse((await open(0)).toString()) as ReplyDocument;
    const { created_at, ...rest } = document;
    assert.ok(Math.abs(Date.parse(created_at) - Date.now()) < 60_000);
    assert.deepEqual(rest, {
      format: 1,
      reply_id: replyId,
      message_id: sealed.messageId,
      recipient_id: sealed.recipientId,
      key_id: sealed.view.reply.key_id,
      to: ['clinic@example.org'],
      subject: sealed.view.headers.subject,
      in_reply_to: sealed.view.headers.message_id,
      references: sealed.view.headers.references,
      text: 'Thank you.\nI will come.',
      files: [
        ['form.pdf', 'application/pdf', 4, 1],
        ['photo.jpg', 'image/jpeg', big.length, 2],
      ].map(([name, type, size, index]) => ({
        name,
        type,
        size,
        sealed_size: reply.parts.get(index as number)!.length,
        sealed_sha256: createHash('sha256').update(reply.parts.get(index as number)!).digest('hex'),
      })),
    });
    assert.ok((await open(1)).equals(Buffer.from('form')));
    assert.ok((await open(2)).equals(big));
    assert.deepEqual(errors, []);
  });

  test('goes on after a broken line without sending twice what had arrived', async () => {
    const sealed = await begin();
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Hello');
    await page.locator('#reply-files').setInputFiles([1, 2].map((n) => ({ name: `${n}.bin`, mimeType: 'application/octet-stream', buffer: Buffer.alloc(1_000) })));
    let broken = true;
    server.drop = (method, path) => broken && method === 'PUT' && path.endsWith('/parts/2');
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('alert').getByText('Your reply was not sent').waitFor({ timeout: 30_000 });
    broken = false;
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
    assert.equal(paths('PUT').filter((path) => path.endsWith('/parts/1')).length, 1);
    assert.equal(paths('POST').filter((path) => path === '/replies').length, 1);
  });

  test('sends a large file in pieces, and goes on inside it after a broken line', async () => {
    const sealed = await begin();
    const big = Buffer.from(octets(5_000_000));
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.locator('#reply-files').setInputFiles([{ name: 'scan.bin', mimeType: 'application/octet-stream', buffer: big }]);
    let pieces = 0;
    let broken = true;
    server.drop = (method, path) => broken && method === 'PUT' && path.endsWith('/parts/1') && ++pieces > 3;
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('alert').getByText('Your reply was not sent').waitFor({ timeout: 30_000 });
    broken = false;
    const [reply] = server.messages.get(sealed.handle)!.replies.values();
    const before = server.seen.length;
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
    const ranges = server.seen.slice(before).map((seen) => seen.headers['content-range']).filter(Boolean);
    assert.match(ranges[0]!, /^bytes 3145728-/, 'three pieces are not sent again');
    const decrypter = new Decrypter();
    decrypter.addIdentity(sealed.replyIdentity);
    assert.ok(Buffer.from(await decrypter.decrypt(reply!.parts.get(1)!)).equals(big));
  });

  test('goes on where the server says, even when that is from the beginning', async () => {
    const sealed = await begin();
    const big = Buffer.from(octets(3_000_000));
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.locator('#reply-files').setInputFiles([{ name: 'scan.bin', mimeType: 'application/octet-stream', buffer: big }]);
    let forgotten = false;
    server.drop = (method, path) => {
      // A restart between two pieces.
      const [reply] = server.messages.get(sealed.handle)!.replies.values();
      if (method === 'PUT' && path.endsWith('/parts/1') && !forgotten && (reply?.partial.get(1)?.length ?? 0) > 2_000_000) {
        forgotten = true;
        reply!.partial.clear();
      }
      return false;
    };
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
    assert.ok(forgotten);
    const [reply] = server.messages.get(sealed.handle)!.replies.values();
    const decrypter = new Decrypter();
    decrypter.addIdentity(sealed.replyIdentity);
    assert.ok(Buffer.from(await decrypter.decrypt(reply!.parts.get(1)!)).equals(big));
  });

  test('is not given up while it gets on, however often the line breaks, and is where it does not', async () => {
    const sealed = await begin();
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.locator('#reply-files').setInputFiles([{ name: 'scan.bin', mimeType: 'application/octet-stream', buffer: Buffer.from(octets(300_000)) }]);
    let told = 0;
    let most = 41;
    // The same place each time, then one a little further each time.
    let received = () => 0;
    server.says = (method, path) => (method === 'PUT' && path.endsWith('/parts/1') && told < most ? (told++, { status: 409, code: 'offset', extra: { received: received() } }) : null);
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('alert').waitFor();
    assert.equal(told, 41);
    [told, most, received] = [0, 60, () => told * 1_000];
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
    assert.equal(told, 60);
  });

  test('says its limits, and refuses what is over them before it leaves', async () => {
    const sealed = await begin();
    server.maxBytes = 100_000;
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByText('up to 20 files, 100 KB in all').waitFor();
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('alert').getByText('Write your message').waitFor();
    const choose = (name: string, length: number) => page.locator('#reply-files').setInputFiles([{ name, mimeType: '', buffer: Buffer.alloc(length) }]);
    await choose('big', 100_001);
    await page.getByRole('alert').getByText('Not added, because your files can be 100 KB together at most: big').waitFor();
    assert.equal(await page.locator('.files li').count(), 0);
    await choose('most', 99_000);
    await page.getByText('most (99 KB)').waitFor();
    await choose('one more', 1_001);
    await page.getByRole('alert').getByText('at most: one more').waitFor();
    await choose('rest', 1_000);
    await page.getByText('rest (1 KB)').waitFor();
    assert.equal(await page.locator('.files li').count(), 2);
    // Files fill the limit to the octet, and the text counts too.
    await page.getByRole('textbox', { name: 'Your message' }).fill('x');
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('alert').getByText('larger than 100 KB').waitFor();
    assert.ok(!paths('POST').includes('/replies'));
    await page.getByRole('textbox', { name: 'Your message' }).fill('');
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
  });

  test('is kept when the session ends, and comes back after a new code', async () => {
    const sealed = await begin();
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Half a letter');
    await page.locator('#reply-files').setInputFiles([{ name: 'kept.txt', mimeType: 'text/plain', buffer: Buffer.from('kept') }]);
    await endSession(page, server, sealed);
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
    assert.doesNotMatch(await page.content(), /appointment|Half a letter/);
    server.messages.get(sealed.handle)!.askedAt = 0;
    await enterCode(page, server, sealed);
    const text = page.getByRole('textbox', { name: 'Your message' });
    await text.waitFor();
    assert.equal(await text.inputValue(), 'Half a letter');
    await page.getByText('kept.txt').waitFor();
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
  });
});
