// Mail inside mail, calendar entries, and mail that was signed before it came here.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Part } from '../../src/format/view.ts';
import { makeMessage, octets, type MessageSpec, type Sealed } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { png } from '../mock/samples.ts';
import { launch, openMessage, type Browser } from './harness.ts';

let browser: Browser;
let server: MockServer;
let page: Page;
let errors: string[] = [];
let requests: string[] = [];

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
  errors = [];
  requests = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  const sealed = await makeMessage(spec);
  server.hold(sealed);
  await openMessage(page, server, sealed);
  return sealed;
}

const headers = (subject: string) => ({ from: [{ name: 'Inner Ann', address: 'ann@example.org' }], to: [], cc: [], subject, date: '2026-11-19T08:00:00Z', message_id: null, references: [] });

/** Two messages, one in the other; the parts of both lie in the outer content, behind one another. */
function around(content: Uint8Array, picture: Uint8Array): MessageSpec {
  return {
    parts: [
      { name: 'forwarded.eml', type: 'message/rfc822', data: new Uint8Array(Buffer.from('From: ann@example.org\r\n\r\nx')), encoding: 'identity' },
      { name: 'inner.bin', type: 'application/octet-stream', data: content },
      { name: 'inner.png', type: 'image/png', data: picture, contentId: 'p@x' },
    ],
    spoil: (view) => {
      const [message, file, image] = view.parts as Part[];
      const deeper = { headers: headers('The innermost'), text: 'Deep words', html: null, parts: [] };
      const inner = {
        headers: headers('The inner subject'),
        text: null,
        html: '<p>Inner words <img src="cid:p@x" alt="plan"></p><script>document.title="owned"</script><img src="https://tracker.example/x">',
        protection: 'pgp-signed',
        parts: [file, image, { ...message, name: 'deeper.eml', message: deeper }],
      };
      view.parts = [{ ...message, message: inner }];
    },
  };
}

test('an attached message opens in place, with its own body, pictures and attachments', async () => {
  const content = octets(150_000);
  await opened(around(content, png(60, 40, [1, 2, 3])));
  assert.ok(!requests.some((url) => url.endsWith('/message.age')), 'it came with the view');
  const open = page.getByRole('button', { name: 'Open forwarded here' });
  assert.equal(await open.getAttribute('aria-expanded'), 'false');
  await open.click();
  const section = page.getByRole('region', { name: 'The inner subject' });
  await section.getByText('Inner Ann <ann@example.org>').waitFor();
  await section.frameLocator('iframe').getByText('Inner words').waitFor();
  await section.getByText('signed this message with OpenPGP').waitFor();
  await section.getByText('1 picture from the internet was not loaded').waitFor();

  const [download] = await Promise.all([page.waitForEvent('download'), section.getByRole('button', { name: 'Download inner' }).first().click()]);
  assert.ok(readFileSync(await download.path()).equals(Buffer.from(content)));

  await section.getByRole('button', { name: 'Open deeper here' }).click();
  await page.getByRole('region', { name: 'The innermost' }).getByText('Deep words').waitFor();
  assert.equal(await page.getByRole('heading', { name: 'The innermost' }).evaluate((one) => one.localName), 'h5');

  await page.getByRole('button', { name: 'Close forwarded' }).click();
  assert.equal(await page.getByText('Deep words').count(), 0);
  assert.equal(await page.locator('iframe').count(), 0);
  assert.notEqual(await page.title(), 'owned');
  assert.ok(requests.every((url) => new URL(url).origin === server.origin || url.startsWith('blob:') || url.startsWith('data:')), requests.join());
});

test('a message that lies about where its parts are is damaged', async () => {
  server = await MockServer.start();
  page = await browser.context.newPage();
  const spec = around(octets(10), png(1, 1, [1, 2, 3]));
  const sealed = await makeMessage({
    ...spec,
    spoil: (view) => {
      spec.spoil!(view);
      const [message] = view.parts as Part[];
      message!.message!.parts[0]!.offset = 1_000_000;
    },
  });
  server.hold(sealed);
  await page.goto(server.linkTo(sealed));
  await page.getByRole('button', { name: 'Email me a security code' }).click();
  await page.getByRole('textbox', { name: 'Security code' }).fill(server.codeOf(sealed));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'This message is damaged or was changed' }).waitFor();
});

test('a calendar entry is shown as a summary, and downloaded as nothing that runs', async () => {
  const ics = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'SUMMARY:Eye clinic <b>visit</b>', 'LOCATION:Room 3', 'ORGANIZER;CN=Clinic:mailto:clinic@example.org', 'DTSTART;TZID=Europe/Paris:20261203T101500', 'DTEND;TZID=Europe/Paris:20261203T110000', 'END:VEVENT', 'END:VCALENDAR'].join('\r\n');
  await opened({ parts: [{ name: 'invite.ics', type: 'text/calendar', data: new Uint8Array(Buffer.from(ics)) }] });
  await page.getByRole('button', { name: 'View invite' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('heading', { name: 'Eye clinic <b>visit</b>' }).waitFor();
  const words = await dialog.innerText();
  for (const part of ['3 December 2026, 9:15am to 10:00am', 'Room 3', 'Clinic <clinic@example.org>']) assert.ok(words.includes(part), `${part} in ${words}`);
  await dialog.getByRole('button', { name: 'Download' }).waitFor();
  assert.deepEqual(errors, []);
});

for (const [protection, words] of [
  ['smime-signed', 'signed this message with S/MIME. The signature is not checked here'],
  ['smime-encrypted', 'encrypted this message with S/MIME'],
  ['pgp-encrypted', 'encrypted this message with OpenPGP'],
] as const) {
  test(`${protection} is said in words, and nothing is claimed`, async () => {
    await opened({ protection });
    await page.getByText(words).waitFor();
    assert.doesNotMatch(await page.locator('main').innerText(), /valid|verified|trusted/i);
  });
}

test('a protection that a later gateway knows is passed over', async () => {
  await opened({ spoil: (view) => (view.protection = 'quantum-signed') });
  assert.equal(await page.locator('.protection').count(), 0);
});
