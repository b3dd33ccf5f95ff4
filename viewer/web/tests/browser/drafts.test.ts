// A reply that is not finished: kept sealed in this browser, back after a reload, gone when sent or closed.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeMessage, octets, type Sealed } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { endSession, enterCode, launch, openMessage, type Browser } from './harness.ts';

let browser: Browser;
let server: MockServer;
let page: Page;
let sealed: Sealed;

before(async () => {
  browser = await launch();
});
after(() => browser.close());
afterEach(async () => {
  await page?.close({ runBeforeUnload: false });
  server?.stop();
});

async function begin(spec: Parameters<typeof makeMessage>[0] = {}): Promise<void> {
  server = await MockServer.start();
  page = await browser.context.newPage();
  page.on('dialog', (dialog) => void dialog.accept());
  sealed = await makeMessage(spec);
  server.hold(sealed);
}

const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const words = () => page.getByRole('textbox', { name: 'Your message' });
const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer });

/** What lies in the browser's database, as somebody with the disk would see it. */
const kept = () =>
  page.evaluate(
    () =>
      new Promise<{ id: string; octets: number[] }[]>((resolve, reject) => {
        const request = indexedDB.open('sealpost');
        request.onerror = () => reject(new Error('no database'));
        request.onsuccess = () => {
          if (!request.result.objectStoreNames.contains('kept')) return resolve([]);
          const all = request.result.transaction('kept').objectStore('kept').getAll();
          all.onsuccess = () => {
            request.result.close();
            resolve((all.result as { id: string; sealed: Uint8Array }[]).map(({ id, sealed: found }) => ({ id, octets: Array.from(found) })));
          };
        };
      }),
  );

async function until(look: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await look()); tries++) {
    assert.ok(tries < 100, 'it came');
    await page.waitForTimeout(100);
  }
}

test('is saved after ten seconds, says so, and comes back with its files in a new tab', async () => {
  await begin({ replyTo: ['clinic@example.org', 'practice@example.net'] });
  await page.clock.install({ time: new Date('2026-11-22T14:31:50Z') });
  await openMessage(page, server, sealed);
  await press('Reply securely');
  await words().fill('A confidential draft');
  await page.getByRole('checkbox').check();
  const content = Buffer.from(octets(300_000));
  await page.locator('#reply-files').setInputFiles([file('form.pdf', content)]);
  assert.deepEqual(await kept(), []);
  await page.clock.runFor(11_000);
  await page.getByText('Draft saved 2:32pm').first().waitFor();

  const lying = await kept();
  assert.equal(lying.length, 2);
  const secret = sealed.fragment.slice(3);
  for (const { id, octets: found } of lying) {
    const text = Buffer.from(found).toString('latin1');
    assert.ok(!text.includes('confidential') && !text.includes('form.pdf') && !Buffer.from(found).includes(content.subarray(0, 64)), 'sealed');
    assert.ok(!id.includes(sealed.handle) && !id.includes(secret), 'and under a name that says nothing');
  }

  // The tab goes; its session stays with the browser's cookie, but this new one asks for a code all the same.
  await page.close({ runBeforeUnload: false });
  page = await browser.context.newPage();
  server.messages.get(sealed.handle)!.askedAt = 0;
  await openMessage(page, server, sealed);
  await page.getByText('You began a reply on 22 November 2026, 2:32pm').waitFor();
  await press('Reply securely');
  assert.equal(await words().inputValue(), 'A confidential draft');
  assert.ok(await page.getByRole('checkbox').isChecked());
  await page.getByText('form.pdf (300 KB)').waitFor();
  await press('Send reply');
  await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
  await until(async () => (await kept()).every(({ id }) => id.startsWith('sent ')));
});

test('what was sent can be read again below the message, after a new code, and rests sealed', async () => {
  await begin();
  await openMessage(page, server, sealed);
  await press('Reply securely');
  await words().fill('I will come.\n<b>Thank you</b>');
  await page.locator('#reply-files').setInputFiles([file('form.pdf', Buffer.from('form'))]);
  await press('Send reply');
  await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
  await press('Back to the message');
  await page.getByRole('heading', { name: 'Your replies' }).waitFor();

  server.endSession(sealed);
  server.messages.get(sealed.handle)!.askedAt = 0;
  await page.reload();
  await enterCode(page, server, sealed);
  const thread = page.getByRole('region', { name: 'Your replies' });
  await thread.locator('summary').click();
  await thread.getByText('I will come.\n<b>Thank you</b>').waitFor();
  await thread.getByText('form.pdf (4 bytes)').waitFor();
  await thread.getByText('R4T-9KXM').waitFor();
  for (const { octets: found } of await kept()) assert.ok(!Buffer.from(found).toString('latin1').includes('I will come'));

  const other = await makeMessage();
  server.hold(other);
  await page.goto('about:blank');
  await openMessage(page, server, other);
  assert.equal(await page.getByRole('heading', { name: 'Your replies' }).count(), 0);
});

test('survives the end of the session, and says where it is', async () => {
  await begin();
  await openMessage(page, server, sealed);
  await press('Reply securely');
  await words().fill('Half a letter');
  await endSession(page, server, sealed);
  await press('Send reply');
  await page.getByText('is kept on this device, sealed').waitFor();
  assert.doesNotMatch(await page.content(), /Half a letter|appointment/);
  // A reload forgets what this page knew: only the device has it.
  server.messages.get(sealed.handle)!.askedAt = 0;
  await page.reload();
  await enterCode(page, server, sealed);
  await page.getByText('You began a reply').waitFor();
  await press('Reply securely');
  assert.equal(await words().inputValue(), 'Half a letter');
});

test('that was changed on the disk is none', async () => {
  await begin();
  await openMessage(page, server, sealed);
  await press('Reply securely');
  await words().fill('Half a letter');
  await press('Back to the message');
  await until(async () => (await kept()).length === 1);
  const before = await kept();
  await page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve) => {
      const request = indexedDB.open('sealpost');
      request.onsuccess = () => resolve(request.result);
    });
    const store = database.transaction('kept', 'readwrite').objectStore('kept');
    const all = store.getAll();
    all.onsuccess = () => {
      for (const one of all.result as { sealed: Uint8Array }[]) {
        one.sealed[20]! ^= 1;
        store.put(one);
      }
    };
    await new Promise((resolve) => (store.transaction.oncomplete = resolve));
    database.close();
  });
  assert.notDeepEqual(await kept(), before);
  await page.reload();
  await page.locator('h1.subject').waitFor();
  await page.waitForTimeout(500);
  assert.equal(await page.getByText('You began a reply').count(), 0, 'a changed draft is none');
  assert.equal(await page.getByRole('button', { name: 'Reply securely' }).count(), 1);
});

test('Close message asks about it, and deletes it', async () => {
  await begin();
  await openMessage(page, server, sealed);
  await press('Reply securely');
  await words().fill('Half a letter');
  await press('Back to the message');
  await until(async () => (await kept()).length === 1);
  await press('Close message');
  await page.getByRole('heading', { name: 'You have not sent your reply' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('h1.subject').count(), 1);
  await press('Close message');
  await press('Delete the draft and close');
  await page.getByRole('heading', { name: 'Message closed' }).waitFor();
  await page.getByText('You were signed out').waitFor();
  assert.deepEqual(await kept(), []);
  assert.equal(page.workers().length, 0, 'the worker is gone, and its keys with it');
});

test('can be deleted, and is kept no longer', async () => {
  await begin();
  await openMessage(page, server, sealed);
  await press('Reply securely');
  await words().fill('Half a letter');
  await press('Back to the message');
  await until(async () => (await kept()).length === 1);
  await press('Delete the draft');
  await until(async () => (await kept()).length === 0);
  await press('Reply securely');
  assert.equal(await words().inputValue(), '');
});

test('where the browser keeps nothing, the page says so', async () => {
  await begin();
  await page.context().route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `Object.defineProperty(self,'indexedDB',{value:{open(){throw new Error('off')}}});${await response.text()}` });
  });
  await openMessage(page, server, sealed);
  await press('Reply securely');
  await words().fill('Half a letter');
  await page.getByText('cannot be kept on this device').first().waitFor({ timeout: 15_000 });
  server.endSession(sealed);
  await press('Send reply');
  await page.getByText('as long as you keep this page open').waitFor();
  await page.context().unroute('**/assets/worker-*.js');
});

test('leaving with a reply that was not sent is asked about', async () => {
  await begin();
  await openMessage(page, server, sealed);
  const asked: string[] = [];
  page.on('dialog', (dialog) => asked.push(dialog.type()));
  await page.reload();
  await page.locator('h1.subject').waitFor();
  assert.deepEqual(asked, [], 'nothing to lose, nothing to ask');
  await press('Reply securely');
  await words().pressSequentially('x');
  await page.reload();
  await page.locator('h1.subject').waitFor();
  assert.deepEqual(asked, ['beforeunload']);
});

test('a page that the browser puts away holds nothing, and starts anew when it comes back', async () => {
  await begin();
  await openMessage(page, server, sealed);
  await press('Reply securely');
  await words().fill('Half a letter');
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  assert.equal(await page.locator('main').textContent(), '');
  assert.doesNotMatch(await page.content(), /appointment|Half a letter/);
  await until(async () => page.workers().length === 0);
  await Promise.all([page.waitForEvent('load'), page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))]);
  await page.locator('h1.subject').waitFor();
  await press('Reply securely');
  assert.equal(await words().inputValue(), 'Half a letter');
});

test('a page that is only hidden stays as it is', async () => {
  await begin();
  await openMessage(page, server, sealed);
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: false })));
  assert.equal(await page.locator('h1.subject').count(), 1);
});
