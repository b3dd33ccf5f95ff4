// Attachments on a bad line and in one archive; the print sheet.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeMessage, octets, type MessageSpec, type Sealed } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { sampleMessage } from '../mock/samples.ts';
import { launch, openMessage, type Browser } from './harness.ts';

let browser: Browser;
let server: MockServer;
let page: Page;

before(async () => {
  browser = await launch();
});
after(() => browser.close());
afterEach(async () => {
  await page?.close();
  server?.stop();
});

async function opened(spec: MessageSpec): Promise<Sealed> {
  server = await MockServer.start();
  page = await browser.context.newPage();
  const sealed = await makeMessage(spec);
  server.hold(sealed);
  await openMessage(page, server, sealed);
  return sealed;
}

const ranges = () =>
  server.seen
    .filter((seen) => seen.path.endsWith('/message.age'))
    .map((seen) => /^bytes=(\d+)-(\d+)$/.exec(seen.headers.range ?? '')!)
    .map((range) => [Number(range[1]), Number(range[2])] as const);

async function saved(press: string): Promise<{ name: string; path: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: press }).click()]);
  return { name: download.suggestedFilename(), path: await download.path() };
}

const large = octets(6_000_000);

test('a download goes on where the line broke', async () => {
  await opened({ parts: [{ name: 'scan.bin', type: 'application/octet-stream', data: large }] });
  let asked = 0;
  server.drop = (_, path) => path.endsWith('/message.age') && ++asked > 5;
  await page.getByRole('button', { name: 'Download scan' }).click();
  await page.getByText('What has arrived is kept').first().waitFor({ timeout: 30_000 });
  server.drop = null;
  const before = ranges().length;
  const { path } = await saved('Download scan');
  assert.ok(readFileSync(path).equals(Buffer.from(large)));
  const again = ranges().slice(before);
  // Not from the beginning: at least the two blocks that had come before the break are not asked for again.
  assert.ok(again.length > 0 && Math.min(...again.map(([start]) => start)) > 2_000_000, JSON.stringify(again));
});

for (const [status, code, extra, words] of [
  [429, 'slow-down', {}, ['too many requests from your network. You did nothing wrong. Try again in a minute.', 'am fod gormod o geisiadau o’ch rhwydwaith. Ni wnaethoch ddim o’i le. Rhowch gynnig arall arni ymhen munud.']],
  [429, 'slow-down', { retry_at: '2026-12-24T10:20:00Z' }, ['You can try again on 24 December 2026, 10:20am.', 'Gallwch roi cynnig arall arni ar 24 Rhagfyr 2026, 10:20yb.']],
  [503, 'unavailable', {}, ['because of a problem on our side. Try again in a few minutes.', 'oherwydd problem ar ein hochr ni.']],
] as const) {
  test(`an attachment that is refused with ${[status, ...Object.keys(extra)].join(' and ')} has words of its own, and nobody's line is blamed`, async () => {
    await opened({ parts: [{ name: 'scan.bin', type: 'application/octet-stream', data: large }] });
    server.says = (_, path) => (path.endsWith('/message.age') ? { status, code, extra } : null);
    for (const [n, press] of ['Download scan', 'Lawrlwytho scan'].entries()) {
      await page.getByRole('button', { name: press }).click();
      await page.locator('.file-status').getByText(words[n]!).waitFor({ timeout: 20_000 });
      assert.doesNotMatch(await page.locator('.attachments').innerText(), /[Cc]heck your connection|Gwiriwch eich cysylltiad|What has arrived/);
      await page.getByRole('button', { name: 'Cymraeg' }).click();
    }
  });
}

test('what has arrived before a refusal is kept, and said to be', async () => {
  await opened({ parts: [{ name: 'scan.bin', type: 'application/octet-stream', data: large }] });
  let asked = 0;
  server.says = (_, path) => (path.endsWith('/message.age') && ++asked > 5 ? { status: 429, code: 'slow-down' } : null);
  await page.getByRole('button', { name: 'Download scan' }).click();
  await page.locator('.file-status').getByText('You did nothing wrong. What has arrived is kept. Try again in a minute.').waitFor();
  server.says = null;
  const before = ranges().length;
  const { path } = await saved('Download scan');
  assert.ok(readFileSync(path).equals(Buffer.from(large)));
  const again = ranges().slice(before);
  assert.ok(Math.min(...again.map(([start]) => start)) > 2_000_000, JSON.stringify([before, ranges()]));
});

test('a line that comes back by itself is not even told of', async () => {
  await opened({ parts: [{ name: 'scan.bin', type: 'application/octet-stream', data: large }] });
  let asked = 0;
  server.drop = (_, path) => path.endsWith('/message.age') && ++asked % 3 === 0;
  const { path } = await saved('Download scan');
  assert.ok(readFileSync(path).equals(Buffer.from(large)));
});

test('a download can be cancelled, and begun anew', async () => {
  await opened({ parts: [{ name: 'scan.bin', type: 'application/octet-stream', data: large }] });
  let release = () => {};
  let asked = 0;
  server.detain = (_, path) => (path.endsWith('/message.age') && ++asked > 4 ? new Promise<void>((resolve) => (release = resolve)) : null);
  let downloads = 0;
  page.on('download', () => downloads++);
  await page.getByRole('button', { name: 'Download scan' }).click();
  await page.getByText(/\d+% of/).first().waitFor();
  await page.getByRole('button', { name: 'Cancel fetching scan' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('You cancelled it').first().waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Download scan.bin');
  assert.equal(downloads, 0);
  server.detain = null;
  release();
  const { path } = await saved('Download scan');
  assert.ok(readFileSync(path).equals(Buffer.from(large)));
});

test('Download all is one archive: names told apart and made harmless, every octet there', async () => {
  const rtl = `${'é'.repeat(150)}\u202Egpj.exe`;
  const parts = [
    { name: 'Letter.pdf', type: 'application/pdf', data: octets(70_000) },
    { name: 'letter.pdf', type: 'application/pdf', data: octets(10) },
    { name: rtl, type: 'application/octet-stream', data: octets(1_500_000) },
    { name: 'llythyr ŵyŷ.txt', type: 'text/plain', data: new Uint8Array(Buffer.from('bore da')), encoding: 'quoted-printable' as const },
    { name: '../../nothing', type: 'application/octet-stream', data: new Uint8Array(0) },
  ];
  const sealed = await opened({ parts });
  const { name, path } = await saved('Download all');
  assert.equal(name, `Attachments ${sealed.reference}.zip`);
  const script = 'import hashlib,json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps({i.filename:z.read(i).hex() for i in z.infolist()}))';
  const read = JSON.parse(spawnSync('python3', ['-c', script, path], { encoding: 'utf8', maxBuffer: 1e8 }).stdout) as Record<string, string>;
  assert.deepEqual(Object.keys(read), ['Letter.pdf', 'letter (2).pdf', `${'é'.repeat(98)}.exe`, 'llythyr ŵyŷ.txt', 'nothing']);
  parts.forEach((part, i) => assert.equal(Object.values(read)[i], Buffer.from(part.data).toString('hex'), part.name));
  // What is listed does not turn round either.
  assert.doesNotMatch(await page.locator('.attachments').innerText(), /\u202E/);
});

test('an attachment that cannot be read is left out of the archive and named', async () => {
  await opened({
    parts: [
      { name: 'good.bin', type: 'application/octet-stream', data: octets(10) },
      { name: 'bad.bin', type: 'application/octet-stream', data: octets(10) },
    ],
    spoil: (view) => ((view.parts as { size: number }[])[1]!.size = 11),
  });
  await saved('Download all');
  await page.getByText('could not be read and are not in the ZIP file: bad').first().waitFor();
});

test('damage met by Download all takes the message away', async () => {
  await opened({ parts: [1, 2].map((n) => ({ name: `${n}.bin`, type: 'application/octet-stream', data: octets(100_000) })) });
  server.tamper = (path, body) => {
    if (path !== 'message.age') return body;
    const changed = Buffer.from(body);
    changed[150_000]! ^= 1;
    return changed;
  };
  let downloads = 0;
  page.on('download', () => downloads++);
  await page.getByRole('button', { name: 'Download all' }).click();
  await page.getByRole('heading', { name: 'This message is damaged or was changed' }).waitFor();
  assert.equal(downloads, 0);
});

test('the print sheet has the header, the words, the names of attachments and who printed it, and no tools', async () => {
  const sealed = await opened(sampleMessage);
  await page.emulateMedia({ media: 'print' });
  const sheet = await page.locator('main').innerText();
  await page.emulateMedia({ media: 'screen' });
  for (const words of [sampleMessage.subject!, 'Example Clinic <clinic@example.org>', 'practice@example.net', 'Please bring your glasses', 'Referral letter (PDF', 'Results', 'Printed on', sealed.reference, 'opened by r•••••@example.com']) {
    assert.ok(sheet.includes(words), words);
  }
  for (const words of ['Reply securely', 'Download', 'Close message', 'Keep the sealed file']) assert.ok(!sheet.includes(words), words);
});
