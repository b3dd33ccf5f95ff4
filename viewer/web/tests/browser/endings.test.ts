// How a visit ends, and what must not come after: idle and absolute ends, Close, late answers, replies on their way,
// refused cookies, codes that were sent elsewhere.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeMessage, octets, type Sealed } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { png, sampleMessage } from '../mock/samples.ts';
import { launch, openMessage, type Browser } from './harness.ts';

let browser: Browser;
let server: MockServer;
let page: Page;
let sealed: Sealed;

before(async () => {
  browser = await launch();
});
after(() => browser.close());
beforeEach(async () => {
  server = await MockServer.start();
  sealed = await makeMessage(sampleMessage);
  server.hold(sealed);
  page = await browser.context.newPage();
});
afterEach(async () => {
  await page.close();
  server.stop();
});

const heading = (name: string) => page.getByRole('heading', { name });
const press = (name: string | RegExp) => page.getByRole('button', { name }).click();
const count = (end: string) => server.seen.filter(({ path }) => path.endsWith(end)).length;

async function until(what: () => boolean): Promise<void> {
  for (let i = 0; i < 100 && !what(); i++) await page.waitForTimeout(20);
  assert.ok(what());
}

/** Answers to matching requests wait until the function that this gives is called. */
function detain(end: string): () => void {
  let release!: () => void;
  const gate = new Promise<void>((resolve) => (release = resolve));
  server.detain = (_, path) => (path.endsWith(end) ? gate : null);
  return release;
}

describe('the idle end', () => {
  test('comes when the server said, and the last signs are passed on', async () => {
    server.idleMinutes = 10;
    await page.clock.install();
    await openMessage(page, server, sealed);
    const grants = count('/touch');
    await page.clock.fastForward('01:00');
    await page.keyboard.press('Shift');
    await page.clock.fastForward('02:00');
    await until(() => count('/touch') === grants + 1);
    assert.equal(await page.locator('dialog').count(), 0);
    await page.clock.fastForward('06:20');
    await heading('Are you still there?').waitFor();
  });

  test('Escape is an answer, too', async () => {
    await page.clock.install();
    await openMessage(page, server, sealed);
    await page.clock.fastForward('18:20');
    await heading('Are you still there?').waitFor();
    const grants = count('/touch');
    await page.keyboard.press('Escape');
    await until(() => count('/touch') === grants + 1);
    await page.clock.fastForward('10:00');
    assert.equal(await page.locator('dialog').count(), 0);
    assert.equal(await page.locator('h1.subject').count(), 1);
  });

  test('ends the session on the server, wipes what was opened, and leaves the link for a new code', async () => {
    await page.clock.install();
    await openMessage(page, server, sealed);
    await press('View Notes');
    await page.locator('.viewer-text').waitFor();
    await page.clock.fastForward('20:20');
    await heading('Your session has ended').waitFor();
    assert.equal(await page.locator('dialog').count(), 0);
    await until(() => server.messages.get(sealed.handle)!.session === null);
    server.messages.get(sealed.handle)!.askedAt = 0;
    await press('Email me a security code');
    await page.getByRole('textbox', { name: 'Security code' }).fill(server.codeOf(sealed));
    await press('Continue');
    await page.locator('h1.subject').waitFor();
  });

  test('the absolute end is told before it comes', async () => {
    server.sessionMinutes = 15;
    await page.clock.install();
    await openMessage(page, server, sealed);
    await page.clock.fastForward('08:00');
    await page.keyboard.press('Shift');
    await page.clock.fastForward('05:20');
    await heading('Your session is about to end').waitFor();
    await press('Continue');
    await page.clock.fastForward('02:00');
    await heading('Your session has ended').waitFor();
  });
});

describe('after Close message', () => {
  test('nothing that was on its way is shown, and a late refusal changes nothing', async () => {
    await openMessage(page, server, sealed);
    let downloads = 0;
    page.on('download', () => downloads++);
    const release = detain('/message.age');
    await press('View Notes');
    await press('Download a copy');
    await until(() => count('/message.age') >= 2);
    await press('Close message');
    await page.getByText('You were signed out').waitFor();
    release();
    await page.waitForTimeout(500);
    assert.equal(await heading('Message closed').count(), 1);
    assert.equal(await page.locator('dialog').count(), 0);
    assert.equal(downloads, 0);
  });

  test('Back restores nothing, and the secret goes from each entry of the history', async () => {
    await openMessage(page, server, sealed);
    await press('Close message');
    await page.getByText('You were signed out').waitFor();
    const posts = count('/summary');
    await page.goBack();
    await page.waitForTimeout(300);
    assert.equal(new URL(page.url()).hash, '');
    assert.equal(await heading('Message closed').count(), 1);
    assert.equal(count('/summary'), posts);
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
  });

  test('a server that did not hear of it is said, and asked again', async () => {
    await openMessage(page, server, sealed);
    server.drop = (_, path) => path.endsWith('/close');
    await press('Close message');
    await page.getByText('you are not signed out yet').waitFor();
    assert.doesNotMatch(await page.content(), /eye clinic/);
    server.drop = null;
    await press('Try again');
    await page.getByText('You were signed out').waitFor();
    assert.equal(server.messages.get(sealed.handle)!.session, null);
  });
});

describe('a reply on its way', () => {
  const write = async () => {
    await openMessage(page, server, sealed);
    await press('Reply securely');
    await page.getByRole('textbox', { name: 'Your message' }).fill('Once');
  };

  test('holds the reader on its page until it has arrived', async () => {
    await write();
    const release = detain('/send');
    await press('Send reply');
    await until(() => count('/send') === 1);
    assert.equal(await page.getByRole('button', { name: 'Back to the message' }).count(), 0);
    await page.goBack();
    await page.waitForTimeout(200);
    assert.equal(await page.getByRole('textbox', { name: 'Your message' }).inputValue(), 'Once');
    release();
    await heading('Reply sent').waitFor();
    assert.equal([...server.messages.get(sealed.handle)!.replies.values()].filter(({ sent }) => sent).length, 1);
  });

  test('that failed goes on where it stopped, and is one reply to the server', async () => {
    await write();
    server.says = (_, path) => (path.endsWith('/send') ? { status: 429, code: 'slow-down', extra: { retry_at: '2026-11-20T14:32:00Z' } } : null);
    await press('Send reply');
    await page.getByRole('alert').getByText('too many requests from your network').waitFor();
    assert.match((await page.getByRole('alert').textContent())!, /2:32pm/);
    assert.equal(await page.getByRole('textbox', { name: 'Your message' }).inputValue(), 'Once');
    server.says = null;
    await press('Back to the message');
    await press('Reply securely');
    await press('Send reply');
    await heading('Reply sent').waitFor();
    assert.equal(count('/replies'), 1);
  });

  test('too many of them are said in words', async () => {
    await write();
    server.says = (_, path) => (path.endsWith('/replies') ? { status: 429, code: 'too-many-replies' } : null);
    await press('Send reply');
    await page.getByRole('alert').getByText('too many replies were begun').waitFor();
  });
});

describe('the code', () => {
  const toCode = async () => {
    await page.goto(server.linkTo(sealed));
    await press('Email me a security code');
    await page.getByRole('textbox', { name: 'Security code' }).waitFor();
  };

  test('a browser that refuses cookies is told so, and one code is spent at most', async () => {
    await toCode();
    await browser.context.clearCookies();
    await page.getByRole('textbox', { name: 'Security code' }).fill(server.codeOf(sealed));
    await press('Continue');
    await heading('This browser does not keep our cookie').waitFor();
    assert.equal(count('/code'), 1);
    await page.addInitScript(() => Object.defineProperty(navigator, 'cookieEnabled', { value: false }));
    await page.evaluate(() => sessionStorage.clear());
    await page.reload();
    await press('Email me a security code');
    await heading('This browser does not keep our cookie').waitFor();
    assert.equal(count('/code'), 1);
  });

  test('sent to another browser a moment ago: says so, with a button for later', async () => {
    await page.clock.install();
    await page.goto(server.linkTo(sealed));
    server.says = (_, path) => (path.endsWith('/code') ? { status: 429, code: 'wait', extra: { retry_at: new Date(Date.now() + 30_000).toISOString() } } : null);
    await press('Email me a security code');
    await page.getByText('sent to another browser or device').waitFor();
    const ask = page.getByRole('button', { name: 'Email me a security code' });
    assert.ok(await ask.isDisabled());
    server.says = null;
    await page.clock.fastForward('00:35');
    await ask.click();
    await page.getByRole('textbox', { name: 'Security code' }).waitFor();
  });

  test('without a try left: another is offered at once', async () => {
    await toCode();
    server.says = (_, path) => (path.endsWith('/verify') ? { status: 403, code: 'wrong-code', extra: { tries_left: 0 } } : null);
    await page.getByRole('textbox', { name: 'Security code' }).fill('00000000');
    await press('Continue');
    await page.getByRole('alert').getByText('no tries left').waitFor();
    // Its wait, and then the button, stand beside the field and not in the closed part below.
    await page.locator('.letter').getByText('You can ask for another code').waitFor();
    await page.getByRole('button', { name: 'Send another code' }).waitFor({ timeout: 40_000 });
  });

  test('a malformed handle is not asked for a message key', async () => {
    await page.goto(`${server.origin}/m/nonsense`);
    await heading('We cannot find this message').waitFor();
    assert.equal(await page.getByRole('textbox').count(), 0);
  });
});

test('a picture that did not come is listed, and so is the second of one Content-ID', async () => {
  const evil = await makeMessage({
    html: '<img src="cid:a@x" alt="plan"><img src="cid:b@x" alt="map">',
    parts: [
      { name: 'plan.png', type: 'image/png', data: octets(70_000), contentId: 'a@x' },
      { name: 'map.png', type: 'image/png', data: png(2, 2, [1, 2, 3]), contentId: 'b@x', embedded: true },
      { name: 'second.png', type: 'image/png', data: png(2, 2, [1, 2, 3]), contentId: 'b@x', embedded: true },
    ],
    // The gateway's and the browser's reading of the part differ.
    spoil: (view) => ((view.parts as { size: number }[])[0]!.size += 1),
  });
  server.hold(evil);
  await openMessage(page, server, evil);
  await page.getByRole('button', { name: 'Download plan' }).waitFor();
  assert.deepEqual(await page.locator('.file-name').evaluateAll((all) => all.map((one) => one.textContent!.replace(/ \(.*/, ''))), ['second', 'plan']);
});
