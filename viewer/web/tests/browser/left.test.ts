// A reply that is being written when its message ends (PAGES R7): no code brings it back, so nothing says that one does,
// and its words stand on the page that says why.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeMessage, type Sealed } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { sampleMessage } from '../mock/samples.ts';
import { launch, openMessage, type Browser } from './harness.ts';

const WORDS = 'Thank you.\nI will come, and bring the form.';

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

const heading = (name: string) => page.getByRole('heading', { name, exact: true });
const button = (name: string) => page.getByRole('button', { name, exact: true });
const held = () => server.messages.get(sealed.handle)!;
const written = () => page.getByRole('textbox', { name: 'What you wrote' });

async function writing(): Promise<void> {
  await openMessage(page, server, sealed);
  await button('Reply securely').click();
  await page.getByRole('textbox', { name: 'Your message' }).fill(WORDS);
  await page.getByText(/^Draft saved/).first().waitFor();
}

async function left(): Promise<void> {
  await written().waitFor();
  assert.equal(await written().inputValue(), WORDS);
  assert.equal(await written().evaluate((field) => (field as HTMLTextAreaElement).readOnly), true);
  await page.getByText('It was not sent, and this page does not keep it.').waitFor();
  assert.equal(await page.getByText('It comes back after the new code').count(), 0);
}

describe('what was written when the message ends', () => {
  for (const [state, words] of [
    ['withdrawn', 'The sender has withdrawn this message'],
    ['expired', 'This message is no longer available'],
  ] as const) {
    test(`stands on the page that says that it is ${state}`, async () => {
      await writing();
      held().state = state;
      held().session = null;
      await button('Send reply').click();
      await heading(words).waitFor();
      await left();
    });
  }

  test('comes back after a code when only the session has ended: the control', async () => {
    await writing();
    held().session = null;
    await button('Send reply').click();
    await heading('Your session has ended').waitFor();
    await page.getByText('It comes back after the new code').waitFor();
    assert.equal(await written().count(), 0);
  });

  for (const [code, words] of [
    ['withdrawn', 'the sender has withdrawn the message'],
    ['expired', 'the time of the message is over'],
  ] as const) {
    test(`stays in its field where the server answers that it is ${code}`, async () => {
      await writing();
      await page.route('**/replies', (route) => route.fulfill({ status: 410, contentType: 'application/json', body: JSON.stringify({ error: { code, message: code } }) }));
      await button('Send reply').click();
      await page.getByRole('alert').getByText(`Your reply was not sent: ${words}.`).waitFor();
      assert.equal(await page.getByRole('textbox', { name: 'Your message' }).inputValue(), WORDS);
    });
  }
});

describe('whoever presses by keyboard goes on from there', () => {
  const place = () => page.evaluate(() => document.activeElement?.tagName);

  test('when the button goes that asked the sender', async () => {
    held().state = 'expired';
    await page.goto(server.linkTo(sealed));
    await button('Ask the sender to send it again').focus();
    await page.keyboard.press('Enter');
    await page.getByText('We are asking the sender by email.').waitFor();
    assert.equal(await place(), 'DIV');
  });

  test('when signing out is tried again', async () => {
    await openMessage(page, server, sealed);
    server.drop = (_, path) => path.endsWith('/close');
    await button('Close message').click();
    const again = button('Try again');
    await again.focus();
    server.drop = null;
    await page.keyboard.press('Enter');
    await page.getByText('You were signed out.').waitFor();
    assert.equal(await place(), 'DIV');
  });
});

test('a question says to a screen reader what each answer brings about', async () => {
  await page.goto(server.linkTo(sealed));
  await page.getByText('This is not for me').click();
  await button('Tell the sender and close the link').click();
  const told = await page.locator('dialog').evaluate((dialog) => document.getElementById(dialog.getAttribute('aria-describedby') ?? '')?.textContent);
  assert.match(told ?? '', /this link stops working/);
});
