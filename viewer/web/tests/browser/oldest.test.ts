// The way of a reader in a browser that has nothing younger than the oldest ones that we serve: Chrome and Edge 109,
// Firefox 115, Safari and iOS 15.4. None of them runs here, so a present one has all taken away that came after any
// of them, in the page and in its worker. What the syntax may be is the bundler's doing (scripts/build.mjs).

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { makeMessage, type Sealed } from '../mock/message.ts';
import { sampleMessage } from '../mock/samples.ts';
import { MockServer } from '../mock/server.ts';
import { launch, openMessage, type Browser } from './harness.ts';

/** By owner, as it is reached from the global object; `@@` before names of symbols. */
const YOUNGER: [string, string][] = [
  ['', 'Iterator scheduler requestIdleCallback cancelIdleCallback CompressionStream DecompressionStream OffscreenCanvas ReadableByteStreamController Sanitizer Temporal'],
  ['Promise', 'withResolvers try'],
  ['Object', 'groupBy'],
  ['Map', 'groupBy'],
  ['Array', 'fromAsync'],
  ['Array.prototype', 'toSorted toReversed toSpliced with'],
  ['Uint8Array', 'fromBase64 fromHex'],
  ['Uint8Array.prototype', 'toBase64 toHex setFromBase64 setFromHex'],
  ['Uint8Array.prototype.__proto__', 'toSorted toReversed with'],
  ['ArrayBuffer.prototype', 'transfer transferToFixedLength resize resizable'],
  ['Set.prototype', 'union intersection difference symmetricDifference isSubsetOf isSupersetOf isDisjointFrom'],
  ['String.prototype', 'isWellFormed toWellFormed'],
  ['RegExp', 'escape'],
  ['Error', 'isError'],
  ['AbortSignal', 'any timeout'],
  ['URL', 'canParse parse'],
  ['Response', 'json'],
  ['Response.prototype', 'bytes'],
  ['Request.prototype', 'bytes duplex'],
  ['Blob.prototype', 'bytes'],
  ['ReadableStream', 'from'],
  ['ReadableStream.prototype', 'values @@asyncIterator'],
  ['StorageManager.prototype', 'getDirectory'],
  ['Navigator.prototype', 'pdfViewerEnabled userActivation'],
  ['Element.prototype', 'checkVisibility setHTML setHTMLUnsafe getHTML moveBefore'],
  ['Document', 'parseHTMLUnsafe parseHTML'],
  ['Document.prototype', 'startViewTransition caretPositionFromPoint'],
  ['HTMLElement.prototype', 'popover showPopover hidePopover togglePopover inert'],
  ['HTMLInputElement.prototype', 'showPicker'],
  ['HTMLDialogElement.prototype', 'requestClose closedBy'],
  ['HTMLIFrameElement.prototype', 'loading'],
];

/** Gives the number of what was there to take. */
function takeAway(younger: [string, string][]): number {
  let taken = 0;
  for (const [place, names] of younger) {
    const owner = place.split('.').reduce<object | undefined>((at, name) => (name && at ? (at as Record<string, object>)[name] : at), globalThis);
    for (const name of names.split(' ')) {
      const key = name.startsWith('@@') ? Symbol[name.slice(2) as 'asyncIterator'] : name;
      if (owner && Object.getOwnPropertyDescriptor(owner, key)) taken += Number(Reflect.deleteProperty(owner, key));
    }
  }
  return taken;
}

let browser: Browser;
let server: MockServer;
let sealed: Sealed;

before(async () => {
  server = await MockServer.start();
  sealed = await makeMessage(sampleMessage);
  server.hold(sealed);
  browser = await launch();
});
after(async () => {
  await browser.close();
  server.stop();
});

test('opens, reads, views, downloads and answers without anything younger', async () => {
  const { context } = browser;
  const prelude = `globalThis.taken = (${takeAway.toString()})(${JSON.stringify(YOUNGER)});\n`;
  await context.addInitScript(prelude);
  await context.route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: prelude + (await response.text()) });
  });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  await openMessage(page, server, sealed);
  const inPage = await page.evaluate(() => (globalThis as unknown as { taken: number }).taken);
  const inWorker = await page.workers()[0]!.evaluate(() => (globalThis as unknown as { taken: number }).taken);
  console.log(`taken away: ${inPage} in the page, ${inWorker} in the worker`);
  assert.ok(inPage > 50 && inWorker > 35, 'there was something to take away, in both');
  assert.equal(await page.evaluate(() => typeof (Promise as { withResolvers?: unknown }).withResolvers), 'undefined');
  assert.equal(await page.workers()[0]!.evaluate(() => typeof (ReadableStream.prototype as { values?: unknown }).values), 'undefined');

  await page.frameLocator('iframe.paper-frame').getByText('Your appointment').waitFor();
  await page.getByRole('button', { name: 'View Waiting area' }).click();
  await page.locator('.viewer-picture').waitFor();
  await page.keyboard.press('Escape');
  for (const name of ['Download Before your visit', 'Download all', 'Download a copy']) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name, exact: true }).click()]);
    assert.ok(readFileSync(await download.path()).length > 1_000_000, name);
  }
  await page.getByRole('button', { name: 'Reply securely' }).click();
  await page.getByRole('textbox', { name: 'Your message' }).fill('Hello');
  await page.locator('#reply-files').setInputFiles([{ name: 'form.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(200_000) }]);
  await page.getByRole('button', { name: 'Send reply' }).click();
  await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
  await page.getByRole('button', { name: 'Back to the message' }).click();
  await page.locator('.thread summary').click();
  await page.getByRole('button', { name: 'Close message' }).click();
  await page.getByRole('heading', { name: 'Message closed' }).waitFor();
  assert.deepEqual(faults, []);
});

test('would fail where something younger were used (negative control)', async () => {
  const page = await browser.context.newPage();
  await page.goto(server.origin);
  await assert.rejects(page.evaluate(() => ([2, 1] as unknown as { toSorted(): number[] }).toSorted()), /not a function/);
  await assert.rejects(page.evaluate(async () => { for await (const each of new Blob(['x']).stream() as unknown as AsyncIterable<unknown>) void each; }), /not async iterable/);
});

test('the style sheet asks for nothing that an old browser would drop a whole rule for', () => {
  const sheet = readFileSync(`dist/${readdirSync('dist').find((name) => /^style-.*css$/.test(name))}`, 'utf8');
  const younger = /@container|@layer|@property|@scope|@starting-style|color-mix\(|oklch\(|light-dark\(|:is\(:has|[\d.](?:dvh|svh|lvh|dvb|cqw|cqi|lh|rlh|cap)\b|subgrid|&/g;
  assert.deepEqual(sheet.match(younger) ?? [], []);
  // What only some understand stands alone: the others keep a line of words that they could do without, or wait for
  // the foot of the page.
  const alone = [...sheet.matchAll(/[^{}]*:has\([^{}]*\{/g)].map(([selector]) => selector);
  assert.equal(alone.length, 2);
  for (const selector of alone) assert.doesNotMatch(selector, /,/);
  assert.ok('a{width:10dvh}@container x{}'.match(younger), 'the pattern finds what it is for');
});
