// On the narrowest screen, with text twice as large: no heading of ours has a word broken in two, and nothing has to be
// moved sideways to be read. Every page and state, in both languages.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeMessage } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { sampleMessage } from '../mock/samples.ts';
import { launch, type Browser } from './harness.ts';
import { brokenWords, enlarge } from './headings.ts';
import { PAGES, drawn } from './states.ts';

let browser: Browser;
let server: MockServer;
let page: Page;
let path: string;

before(async () => {
  browser = await launch({ width: 320, height: 568 });
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

async function faults(): Promise<string[]> {
  const found: string[] = [];
  const look = async (size: string) => {
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    found.push(...(await brokenWords(page)).map((word) => `${size}: ${word}`), ...(wide > 0 ? [`${size}: ${wide} px too wide`] : []));
  };
  await look('100 %');
  await enlarge(page);
  await look('200 %');
  return found;
}

describe('headings at 320 px', () => {
  for (const lang of ['en', 'cy']) {
    test(`${lang}: no word is broken, and nothing is too wide`, async () => {
      const found: string[] = [];
      let looked = 0;
      const look = async (name: string) => {
        assert.equal(await page.evaluate(() => document.documentElement.lang), lang);
        found.push(...(await faults()).map((fault) => `${name}: ${fault}`));
        looked += 1;
      };
      for (const name of PAGES) {
        await page.goto(`${server.origin}/${name}?lang=${lang}`);
        await look(`/${name}`);
      }
      await drawn(page, server, `${path}?lang=${lang}`, look);
      assert.deepEqual(found, []);
      assert.ok(looked > 50, `${looked} pages`);
    });
  }

  test('a heading that is too large is found out', async () => {
    await drawn(page, server, `${path}?lang=cy`, async () => {
      await enlarge(page);
      assert.deepEqual(await brokenWords(page), []);
      await page.evaluate(() => void (document.querySelector('h1')!.style.fontSize = '12vw'));
      assert.deepEqual(await brokenWords(page), ['ddigwyddodd']);
    }, 'sender-landing-over');
  });
});
