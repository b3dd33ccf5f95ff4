// Axe on every state that can be drawn, those too that take hours or damage to come by. The pages on a reader's way are in
// pages.test.ts.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeMessage } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { sampleMessage } from '../mock/samples.ts';
import { violationsIn } from './axe.ts';
import { launch, type Browser } from './harness.ts';
import { drawn } from './states.ts';

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

for (const [lang, colorScheme] of [['en', 'light'], ['cy', 'dark']] as const) {
  test(`${lang}, ${colorScheme}: nothing in any state`, async () => {
    await page.emulateMedia({ colorScheme });
    let states = 0;
    await drawn(page, server, `${path}?lang=${lang}`, async (state) => {
      await page.waitForTimeout(150);
      assert.equal(await page.evaluate(() => document.documentElement.lang), lang, state);
      assert.deepEqual(await violationsIn(page), [], state);
      states += 1;
    });
    assert.ok(states > 40, String(states));
  });
}

test('a picture without words is found: the control', async () => {
  await drawn(page, server, `${path}?lang=en`, async () => {
    assert.deepEqual(await violationsIn(page), []);
    await page.evaluate(() => document.querySelector('main')!.append(document.createElement('img')));
    assert.match((await violationsIn(page)).join(), /^image-alt/);
  }, 'landing');
});
