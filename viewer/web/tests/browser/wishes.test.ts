// What a reader says with one button: that the message is not for them, and that they need more time. Both only when a
// person presses it (PROMISES A1): the same presses by a script are the control.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeMessage, type Sealed } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { sampleMessage } from '../mock/samples.ts';
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
const button = (name: string) => page.getByRole('button', { name, exact: true });
const count = (end: string) => server.seen.filter(({ path }) => path.endsWith(end)).length;
const held = () => server.messages.get(sealed.handle)!;
const CLOSE = 'Tell the sender and close the link';
const YES = 'Yes, close the link';
const CLOSED = 'Thank you. The link is closed.';

async function panel(): Promise<void> {
  await page.getByText('This is not for me').click();
}

describe('This is not for me', () => {
  test('is closed at first, asks once, and Go back or Escape leaves everything as it is', async () => {
    await page.goto(server.linkTo(sealed));
    await button('Email me a security code').waitFor();
    assert.equal(await button(CLOSE).isVisible(), false);
    await panel();
    for (const leave of [() => button('Go back').click(), () => page.keyboard.press('Escape')]) {
      await button(CLOSE).click();
      await page.getByText('We tell the sender, and this link stops working. Nobody can open the message with it any more.').waitFor();
      await leave();
      await page.locator('dialog').waitFor({ state: 'detached' });
    }
    assert.equal(count('/not-for-me'), 0);
    assert.equal(held().state, 'open');
  });

  test('closes the link from the landing page, and a reload says so again', async () => {
    await page.goto(server.linkTo(sealed));
    await panel();
    await button(CLOSE).click();
    await button(YES).click();
    await heading(CLOSED).waitFor();
    assert.equal(count('/not-for-me'), 1);
    assert.equal(await button('Email me a security code').count(), 0);
    await page.reload();
    await heading(CLOSED).waitFor();
  });

  test('closes it from the open message too, and nothing of it is left in the page', async () => {
    await openMessage(page, server, sealed);
    await panel();
    await button(CLOSE).click();
    await button(YES).click();
    await heading(CLOSED).waitFor();
    assert.equal(await page.locator('h1.subject, iframe').count(), 0);
    await page.goBack();
    assert.equal(await page.locator('h1.subject, iframe').count(), 0);
  });

  test('a lost answer is asked for again, and the button can be pressed again', async () => {
    let lost = 1;
    server.drop = (_, path) => path.endsWith('/not-for-me') && lost-- > 0;
    await page.goto(server.linkTo(sealed));
    await panel();
    await button(CLOSE).click();
    await button(YES).click();
    await heading(CLOSED).waitFor();
    assert.equal(count('/not-for-me'), 2);
  });

  test('a script that presses the button, or the answer to the question, does nothing', async () => {
    await page.goto(server.linkTo(sealed));
    await panel();
    await button(CLOSE).evaluate((element) => (element as HTMLButtonElement).click());
    await heading('Press the button yourself').waitFor();
    await button('Try again').click();
    await panel();
    await button(CLOSE).click();
    await button(YES).evaluate((element) => (element as HTMLButtonElement).click());
    await heading('Press the button yourself').waitFor();
    assert.equal(count('/not-for-me'), 0);
    assert.equal(held().state, 'open');
  });
});

describe('more time', () => {
  test('is offered on the message when little is left, and asked for once', async () => {
    await page.clock.install();
    await openMessage(page, server, sealed);
    assert.equal(await button('Ask for more time').count(), 0);
    const { captured_at, expires_at } = sealed.view as { captured_at: string; expires_at: string };
    assert.ok(Date.parse(expires_at) - Date.parse(captured_at) > 21 * 86_400_000);
    await page.clock.setSystemTime(Date.parse(expires_at) - 6 * 86_400_000);
    await button('Reply securely').click();
    await button('Back to the message').click();
    await button('Ask for more time').click();
    await page.getByText('We are asking the sender by email.').waitFor();
    assert.equal(count('/more-time'), 1);
    assert.equal(await button('Ask for more time').count(), 0);
    await button('Reply securely').click();
    await button('Back to the message').click();
    await page.getByText('We are asking the sender by email.').waitFor();
  });

  test('is asked for on the page of a message that is over, and the second time of a day says when again', async () => {
    held().state = 'expired';
    for (const words of ['We are asking the sender by email.', 'The sender was asked already.']) {
      await page.goto('about:blank');
      await page.goto(server.linkTo(sealed));
      await heading('This message is no longer available').waitFor();
      await button('Ask the sender to send it again').click();
      await page.getByText(words).waitFor();
    }
    assert.equal(count('/more-time'), 2);
  });

  test('a lost line leaves the button, and a script that presses it asks nobody', async () => {
    held().state = 'expired';
    server.drop = (_, path) => path.endsWith('/more-time');
    await page.goto(server.linkTo(sealed));
    const ask = button('Ask the sender to send it again');
    await ask.click();
    await page.getByText('We could not ask the sender.').waitFor();
    server.drop = null;
    const before = count('/more-time');
    await ask.evaluate((element) => (element as HTMLButtonElement).click());
    await heading('Press the button yourself').waitFor();
    assert.equal(count('/more-time'), before);
    assert.equal(held().askedMoreTime, undefined);
  });
});
