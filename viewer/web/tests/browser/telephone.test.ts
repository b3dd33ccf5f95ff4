// Wherever the script says the help line's number, a phone can call it: in every state, in both languages, and in what
// comes into a page that stands already.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeMessage } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { sampleMessage } from '../mock/samples.ts';
import { launch, type Browser } from './harness.ts';
import { drawn } from './states.ts';
import { loosePhones } from './telephone.ts';

let browser: Browser;
let server: MockServer;
let page: Page;
let path: string;

before(async () => {
  browser = await launch();
  server = await MockServer.start();
  const sealed = await makeMessage(sampleMessage);
  server.hold(sealed);
  path = sealed.handle;
  page = await browser.context.newPage();
});
after(async () => {
  await browser.close();
  server.stop();
});

const inMain = () => page.locator('main a[href="tel:01632960000"]').count();

for (const lang of ['en', 'cy']) {
  test(`${lang}: no number that cannot be called`, async () => {
    const called = new Set<string>();
    await drawn(page, server, `${path}?lang=${lang}`, async (state) => {
      assert.deepEqual(await loosePhones(page), [], state);
      if ((await inMain()) > 0) called.add(state);
    });
    for (const state of ['reply-refused', 'too-many-tries', 'too-many-codes', 'damaged', 'expired', 'withdrawn', 'disowned', 'server', 'unsupported', 'too-old', 'key', 'sender-not-found']) {
      assert.ok(called.has(state), state);
    }
  });
}

test('a number that is only text is found out', async () => {
  await drawn(page, server, `${path}?lang=en`, async () => {
    assert.deepEqual(await loosePhones(page), []);
    await page.evaluate(() => document.querySelector('.error-summary')!.append('Phone 01632 960000'));
    assert.deepEqual(await loosePhones(page), ['Phone 01632 960000']);
  }, 'reply-refused');
});
