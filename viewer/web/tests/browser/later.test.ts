// What the page says of later messages: what the server told it, as a hint, and nothing of it elsewhere (decision 0033).

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeMessage, type Sealed } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { sampleMessage } from '../mock/samples.ts';
import { launch, openMessage, type Browser } from './harness.ts';

let browser: Browser;
let server: MockServer;
let sealed: Sealed;
let page: Page;

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

const region = () => page.getByRole('region', { name: 'Later in this conversation' });
const asked = () => server.seen.filter(({ path }) => path.endsWith('/later')).length;
const TWO = [{ day: '2026-12-03', reference: 'K7Q-4MDX' }, { day: '2026-12-11', reference: 'W2M-08TR' }];

/** Away, so that the next visit is the first one of another day. */
async function leave(): Promise<void> {
  await page.goto('about:blank');
  server.endSession(sealed);
  await browser.context.clearCookies();
  const held = server.messages.get(sealed.handle)!;
  [held.askedAt, held.codes] = [0, []];
}

test('each later message is named by day and reference, in both languages, without a link', async () => {
  server.later = TWO;
  await openMessage(page, server, sealed);
  assert.deepEqual(await region().getByRole('listitem').allTextContents(), [
    'A message was sent to this mailbox on 3 December 2026, reference K7Q-4MDX',
    'A message was sent to this mailbox on 11 December 2026, reference W2M-08TR',
  ]);
  await region().getByText('look for the email that has its reference').waitFor();
  assert.equal(await region().locator('a, button').count(), 0);
  await page.getByRole('link', { name: 'Cymraeg' }).or(page.getByRole('button', { name: 'Cymraeg' })).first().click();
  await page.getByText('Anfonwyd neges i’r blwch post hwn ar 3 Rhagfyr 2026, cyfeirnod K7Q-4MDX').waitFor();
});

test('without a later message nothing is said of any, and it is asked for once, after the code', async () => {
  await openMessage(page, server, sealed);
  await page.waitForLoadState('networkidle');
  assert.equal(asked(), 1);
  assert.ok(!(await page.content()).includes('reference K7Q'));
  assert.equal(await region().count(), 0);
});

test('whatever else a server says there, the page says nothing of it and the message stands', async () => {
  for (const said of [null, 'x', {}, [null], [{ day: '2026-12-03', reference: 'phone 0900 123 4567' }], [{ day: 'Ring us now', reference: 'K7Q-4MDX' }], [{ subject: '<img src=x>' }]]) {
    server.later = said;
    await openMessage(page, server, sealed);
    await page.waitForLoadState('networkidle');
    assert.equal(await region().count(), 0, JSON.stringify(said));
    const text = await page.locator('main').textContent();
    assert.ok(!text!.includes('0900') && !text!.includes('Ring us'));
    await leave();
  }
});

test('an answer that does not come takes nothing from the page; a session that is over ends it', async () => {
  server.drop = (_, path) => path.endsWith('/later');
  await openMessage(page, server, sealed);
  await page.getByRole('button', { name: 'Reply securely' }).waitFor();
  await page.waitForTimeout(500);
  assert.equal(await region().count(), 0);
  server.drop = null;
  await leave();
  let answered = () => {};
  const waiting = new Promise<void>((resolve) => (answered = resolve));
  server.detain = (_, path) => (path.endsWith('/later') ? waiting : null);
  await openMessage(page, server, sealed);
  server.endSession(sealed);
  answered();
  await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
});
