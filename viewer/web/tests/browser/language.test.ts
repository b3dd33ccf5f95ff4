// The language switch: in place, with the link kept, remembered by this browser, and the same way through.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeMessage, type Sealed } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { sampleMessage } from '../mock/samples.ts';
import { launch, type Browser } from './harness.ts';

describe('in Welsh', () => {
  let server: MockServer;
  let sealed: Sealed;
  let browser: Browser;
  let page: Page;
  const turn = (to: 'English' | 'Cymraeg') => page.getByRole('button', { name: to, exact: true }).click();
  const heading = () => page.locator('h1').textContent();
  const lang = () => page.evaluate(() => document.documentElement.lang);

  before(async () => {
    server = await MockServer.start();
    sealed = await makeMessage(sampleMessage);
    server.hold(sealed);
    browser = await launch({ width: 375 });
    page = await browser.context.newPage();
  });
  after(async () => {
    await browser.close();
    server.stop();
  });

  test('the landing page turns in place: nothing is asked for, and the fragment stays', async () => {
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
    const asked = server.seen.length;
    await page.getByText('Is this genuine?').first().click();
    await turn('Cymraeg');
    assert.equal(await heading(), 'Mae gennych neges ddiogel.');
    assert.equal(await lang(), 'cy');
    assert.equal(await page.title(), 'Mae gennych neges ddiogel – Example Trust');
    assert.equal(await page.getByRole('button', { name: 'Cymraeg', exact: true }).getAttribute('aria-current'), 'true');
    assert.equal(await page.locator('details').first().evaluate((one: HTMLDetailsElement) => one.open), true);
    assert.equal(new URL(page.url()).hash, sealed.fragment);
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Cymraeg');
    assert.match((await page.locator('.help').textContent())!, /Angen help\? Ffoniwch Example Trust ar 01632 960000\./);
    assert.equal(server.seen.slice(asked).filter(({ path }) => !path.startsWith('/api/') && !path.startsWith('/assets/')).length, 0);
  });

  test('a reload keeps it, and so do the pages around', async () => {
    await page.reload();
    await page.getByRole('button', { name: 'Anfonwch god diogelwch ataf drwy e-bost' }).waitFor();
    assert.equal(await lang(), 'cy');
    // A button sets its parts side by side: its words must be one.
    assert.equal(await page.locator('button .pair').count(), 0);
    const href = await page.getByRole('link', { name: 'Preifatrwydd' }).getAttribute('href');
    assert.match(href!, /\/privacy\?lang=cy$/);
  });

  test('what was typed stays, errors and all are in the language', async () => {
    await page.getByRole('button', { name: 'Anfonwch god diogelwch ataf drwy e-bost' }).click();
    const field = page.getByRole('textbox', { name: 'Cod diogelwch' });
    await field.fill('1234');
    await turn('English');
    assert.equal(await page.getByRole('textbox', { name: 'Security code' }).inputValue(), '1234');
    await turn('Cymraeg');
    await page.getByRole('button', { name: 'Parhau' }).click();
    assert.match((await page.locator('.error-summary').textContent())!, /Mae problem.*Rhaid i’r cod diogelwch fod ag 8 rhif/);
    assert.match(await page.title(), /^Gwall: /);
    assert.equal(server.messages.get(sealed.handle)!.language, 'cy', 'the code carried the choice');
    await field.fill(server.codeOf(sealed));
    await page.getByRole('button', { name: 'Parhau' }).click();
    await page.locator('h1.subject').waitFor();
    await page.getByRole('button', { name: 'Lawrlwytho copi' }).waitFor();
  });

  test('no line ends between a number and what it counts, nor behind the hyphen of a short word', async () => {
    const lines = () => page.locator('main .pair').evaluateAll((all) => all.map((one) => [one.textContent, one.getClientRects().length] as const));
    const told = await lines();
    for (const pair of ['20 Rhagfyr', '1.2 MB', '542 beit', 'e-bost']) assert.ok(told.some(([words]) => words === pair), pair);
    assert.deepEqual(told.filter(([, count]) => count > 1), []);
    // Without the rule there are such ends on a phone (negative control).
    await page.locator('main .pair').evaluateAll((all) => all.forEach((one) => ((one as HTMLElement).style.whiteSpace = 'normal')));
    assert.notDeepEqual((await lines()).filter(([, count]) => count > 1), []);
  });

  test('a draft stays', async () => {
    await page.getByRole('button', { name: 'Ateb yn ddiogel' }).click();
    await page.getByRole('textbox', { name: 'Eich neges' }).fill('Diolch yn fawr');
    const told = page.waitForResponse(/\/language$/);
    await turn('English');
    await told;
    assert.equal(server.messages.get(sealed.handle)!.language, 'en', 'and so did the open session');
    assert.equal(await page.getByRole('textbox', { name: 'Your message' }).inputValue(), 'Diolch yn fawr');
    await turn('Cymraeg');
    await page.getByRole('button', { name: 'Anfon yr ateb' }).click();
    await page.getByRole('heading', { name: 'Anfonwyd yr ateb' }).waitFor();
  });

  test('a closed message stays closed', async () => {
    await page.getByRole('button', { name: 'Yn ôl i’r neges' }).click();
    await page.getByRole('button', { name: 'Cau’r neges' }).click();
    await page.getByText('Rydych wedi allgofnodi.').waitFor();
    await turn('English');
    await page.getByText('You were signed out.').waitFor();
    assert.equal(new URL(page.url()).hash, '');
  });

  test('another browser speaks what was chosen for this recipient; a choice of its own goes first', async () => {
    server.messages.get(sealed.handle)!.language = 'cy';
    const other = await launch();
    const page = await other.context.newPage();
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Anfonwch god diogelwch ataf drwy e-bost' }).waitFor();
    await page.getByRole('button', { name: 'English', exact: true }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
    assert.equal(server.messages.get(sealed.handle)!.language, 'cy', 'nothing is kept without a code or a session');
    await other.close();
  });
});
