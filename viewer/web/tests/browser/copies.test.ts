// Replies that were sent from another device: read again by their sealed copies at the server (decision 0028).

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Decrypter } from 'age-encryption';
import type { Page } from 'playwright-core';
import { makeMessage, sealTo, type Sealed } from '../mock/message.ts';
import { MockServer, type ReplyAtServer } from '../mock/server.ts';
import { utf8 } from '../../src/format/bytes.ts';
import { launchDevices, openMessage } from './harness.ts';

let devices: Awaited<ReturnType<typeof launchDevices>>;
let server: MockServer;
let sealed: Sealed;

before(async () => {
  devices = await launchDevices();
});
after(() => devices.close());
afterEach(() => server?.stop());

async function begin(spec: Parameters<typeof makeMessage>[0] = {}): Promise<void> {
  server = await MockServer.start();
  sealed = await makeMessage(spec);
  server.hold(sealed);
}

/** The message on a device that has not seen it before. */
async function opened(of = sealed, prepare: (page: Page) => Promise<unknown> = async () => {}): Promise<Page> {
  const page = await devices.device();
  await prepare(page);
  const held = server.messages.get(of.handle)!;
  // As on another day: the mailbox's limits of codes are not what is looked at.
  [held.askedAt, held.codes] = [0, []];
  await openMessage(page, server, of);
  return page;
}

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const thread = (page: Page) => page.getByRole('region', { name: 'Your replies' });
const replies = (of = sealed): [string, ReplyAtServer][] => [...server.messages.get(of.handle)!.replies];

async function answer(page: Page, text: string, files: { name: string; mimeType: string; buffer: Buffer }[] = []): Promise<void> {
  await press(page, 'Reply securely');
  await page.getByRole('textbox', { name: 'Your message' }).fill(text);
  if (files.length > 0) await page.locator('#reply-files').setInputFiles(files);
  await press(page, 'Send reply');
  await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
  await press(page, 'Back to the message');
}

for (const profile of ['mlkem768x25519', 'x25519'] as const) {
  test(`${profile}: what was sent from one device is read on another, sealed to its writer alone`, async () => {
    await begin({ profile });
    const phone = await opened();
    await answer(phone, 'I will come.\n<b>Thank you</b>', [{ name: 'form.pdf', mimeType: 'application/pdf', buffer: Buffer.from('form') }]);
    assert.equal(await thread(phone).locator('details').count(), 1, 'once, though the server has it too');

    const desktop = await opened();
    await thread(desktop).locator('summary').click();
    await thread(desktop).getByText('I will come.\n<b>Thank you</b>').waitFor();
    await thread(desktop).getByText('form.pdf (4 bytes)').waitFor();
    await thread(desktop).getByText('clinic@example.org').waitFor();
    assert.equal(await thread(desktop).locator('b').count(), 0);

    const [[id, { copy }]] = replies() as [[string, ReplyAtServer]];
    const decrypter = new Decrypter();
    decrypter.addIdentity(sealed.copyIdentity);
    const plain = new TextDecoder().decode(await decrypter.decrypt(copy!));
    assert.deepEqual([JSON.parse(plain).reply_id, JSON.parse(plain).text], [id, 'I will come.\n<b>Thank you</b>']);
    const foreign = new Decrypter();
    foreign.addIdentity(sealed.identity);
    await assert.rejects(foreign.decrypt(copy!), "the message's own identity does not open it");
  });
}

test('both devices show both replies, each once, the oldest first', async () => {
  await begin();
  const phone = await opened();
  await answer(phone, 'From the phone');
  const desktop = await opened();
  await answer(desktop, 'From the desktop');
  for (const page of [desktop, await opened()]) {
    await thread(page).locator('details').nth(1).waitFor();
    assert.deepEqual(await thread(page).locator('.paper').allTextContents(), ['From the phone', 'From the desktop']);
  }
});

test('a text longer than a copy holds is sent whole, and its copy says that it is cut', async () => {
  await begin();
  const phone = await opened();
  await answer(phone, 'long '.repeat(60_000));
  assert.equal(await thread(phone).getByText('The rest of this reply is too long').count(), 0, 'here it is whole');
  const desktop = await opened();
  await thread(desktop).locator('summary').click();
  await thread(desktop).getByText('The rest of this reply is too long to be shown here. All of it was sent.').waitFor();
  const [[, { copy }]] = replies() as [[string, ReplyAtServer]];
  assert.ok(copy!.length <= 270_336, `${copy!.length} octets`);
});

test('a server that will not keep a copy takes the reply all the same', async () => {
  await begin();
  server.says = (_, path) => (path.endsWith('/copy') ? { status: 413, code: 'too-large' } : null);
  const phone = await opened();
  await answer(phone, 'Without a copy');
  await thread(phone).getByText('Your reply,').waitFor();
  assert.equal(replies()[0]![1].copy, null);
  const desktop = await opened();
  await desktop.waitForTimeout(500);
  assert.equal(await thread(desktop).count(), 0);
});

test('a line that breaks at the copy sends neither, and trying again sends both once', async () => {
  await begin();
  const phone = await opened();
  let broken = true;
  server.drop = (_, path) => broken && path.endsWith('/copy');
  await press(phone, 'Reply securely');
  await phone.getByRole('textbox', { name: 'Your message' }).fill('Once');
  await press(phone, 'Send reply');
  await phone.getByText('Your reply was not sent').first().waitFor({ timeout: 30_000 });
  assert.equal(replies()[0]![1].sent, null);
  broken = false;
  await press(phone, 'Send reply');
  await phone.getByRole('heading', { name: 'Reply sent' }).waitFor();
  assert.deepEqual(replies().map(([, { copy, sent }]) => [copy !== null, sent !== null]), [[true, true]]);
});

test('copies that were changed, swapped or made by somebody else are one sentence, and the message stands', async () => {
  await begin();
  const other = await makeMessage();
  server.hold(other);
  await answer(await opened(other), 'Of another message');
  const [[, foreign]] = replies(other) as [[string, ReplyAtServer]];
  const phone = await opened();
  await answer(phone, 'The first');
  await answer(phone, 'The second');
  const [[firstId, first], [secondId, second]] = replies() as [[string, ReplyAtServer], [string, ReplyAtServer]];
  const good = [first.copy!, second.copy!] as const;
  const flipped = Buffer.from(good[0]);
  flipped[flipped.length - 20]! ^= 1;
  const document = { format: 1, reply_id: firstId, message_id: sealed.messageId, recipient_id: sealed.recipientId, created_at: new Date().toISOString(), to: [], text: 'Forged', cut: false, files: [] };
  const toThe = async (identity: string, change: object = {}) => Buffer.from(await sealTo(identity, utf8(JSON.stringify({ ...document, ...change }))));
  for (const [what, ...copies] of [
    ['a flipped bit', flipped, good[1]],
    ['cut short', good[0].subarray(0, -1), good[1]],
    ['emptied', Buffer.alloc(0), good[1]],
    ["another message's", foreign.copy!, good[1]],
    ["sealed to the message's identity, which every recipient knows", await toThe(sealed.identity), good[1]],
    ['its own writer, but of another reply', await toThe(sealed.copyIdentity, { reply_id: secondId }), good[1]],
    ['its own writer, but of another message', await toThe(sealed.copyIdentity, { message_id: other.messageId }), good[1]],
    ['its own writer, but of another recipient', await toThe(sealed.copyIdentity, { recipient_id: other.recipientId }), good[1]],
    ['no document', await toThe(sealed.copyIdentity, { text: 5 }), good[1]],
    ['larger than any', Buffer.alloc(270_337), good[1]],
  ] as [string, Buffer, Buffer][]) {
    [first.copy, second.copy] = copies as [Buffer, Buffer];
    const page = await opened();
    await thread(page).getByText('Some of what you sent cannot be shown here').waitFor();
    assert.deepEqual(await thread(page).locator('.paper').allTextContents(), ['The second'], what);
    assert.equal(await page.locator('h1.subject').textContent(), 'Your appointment on 3 December', what);
    await page.getByRole('button', { name: 'Reply securely' }).waitFor();
  }
  // Two copies that changed places name each other's replies: neither is shown.
  [first.copy, second.copy] = [good[1], good[0]];
  const page = await opened();
  await thread(page).getByText('Some of what you sent cannot be shown here').waitFor();
  assert.equal(await thread(page).locator('.paper').count(), 0);
  [first.copy, second.copy] = [...good];
  const whole = thread(await opened());
  // The message stands before them.
  await whole.locator('summary').first().waitFor();
  assert.deepEqual(await whole.locator('.paper').allTextContents(), ['The first', 'The second'], 'negative control');
});

test('a list that lies, or never comes, leaves the message as it is', async () => {
  await begin();
  for (const list of ['{"replies":null}', '{"replies":[null,5]}', '{"replies":[{}]}', '{"replies":[{"reply_id":5,"size":"x"}]}', '{"replies":[{"reply_id":"../grant","size":10}]}', '[]', 'nonsense']) {
    const page = await opened(sealed, (fresh) => fresh.route('**/sent', (route) => route.fulfill({ status: 200, contentType: 'application/json', body: list })));
    await page.getByRole('button', { name: 'Reply securely' }).waitFor();
    assert.equal(await thread(page).locator('.paper').count(), 0, list);
  }
  server.drop = (_, path) => path.endsWith('/sent');
  const page = await opened();
  await thread(page).getByText('We could not look for replies that you sent from another device').waitFor({ timeout: 30_000 });
  assert.ok(await page.locator('h1.subject').isVisible());
});

test('no more copies are fetched than a server of ours keeps, however many it lists', async () => {
  await begin();
  const many = Array.from({ length: 51 }, (_, n) => ({ reply_id: `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`, size: 10 }));
  const asked: string[] = [];
  const page = await opened(sealed, async (fresh) => {
    await fresh.route('**/sent', (route) => route.fulfill({ status: 200, contentType: 'application/json', body: JSON.stringify({ replies: many }) }));
    await fresh.route('**/sent/*', (route) => {
      asked.push(route.request().url().slice(-12));
      return route.fulfill({ status: 200, body: '0123456789' });
    });
  });
  await thread(page).getByText('Some of what you sent cannot be shown here').waitFor();
  assert.equal(asked.length, 50);
  assert.ok(!asked.includes('000000000000'), 'the newest');
});

test('in Welsh it is said in Welsh', async () => {
  await begin();
  await answer(await opened(), 'Byddaf yn dod');
  const page = await opened();
  await thread(page).waitFor();
  await page.getByRole('button', { name: 'Cymraeg', exact: true }).click();
  await page.getByRole('region', { name: 'Eich atebion' }).getByText('ar unrhyw ddyfais').waitFor();
});
