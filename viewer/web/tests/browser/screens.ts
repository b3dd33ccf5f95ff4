// Takes pictures of every page and state, for people who look: `node scripts/screens.mjs DIR [WAY …]`. A way is a
// device, a language and what else is asked of the browser; without any named, all are taken. STATES=sender takes only what
// needs no journey and begins so.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { speak, t, type Key, type Language } from '../../src/texts.ts';
import { makeMessage } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { forwardedMessage, sampleMessage } from '../mock/samples.ts';
import { launch } from './harness.ts';
import { PAGES, drawn } from './states.ts';

interface Way {
  lang: Language;
  width: number;
  height: number;
  dark?: true;
  forced?: true;
  /** Text twice as large, and nothing else. */
  large?: true;
}

const PHONE = { width: 375, height: 740 };
const SMALL = { width: 320, height: 568 };
const DESKTOP = { width: 1280, height: 860 };
const WAYS: Record<string, Way> = {
  'phone-en': { lang: 'en', ...PHONE },
  'phone-en-dark': { lang: 'en', ...PHONE, dark: true },
  'phone-cy': { lang: 'cy', ...PHONE },
  'phone-cy-dark': { lang: 'cy', ...PHONE, dark: true },
  'small-en': { lang: 'en', ...SMALL },
  'small-cy': { lang: 'cy', ...SMALL },
  'small-cy-large': { lang: 'cy', ...SMALL, large: true },
  'phone-en-large': { lang: 'en', ...PHONE, large: true },
  'phone-en-forced': { lang: 'en', ...PHONE, forced: true },
  'phone-en-forced-dark': { lang: 'en', ...PHONE, forced: true, dark: true },
  'desktop-en': { lang: 'en', ...DESKTOP },
  'desktop-en-dark': { lang: 'en', ...DESKTOP, dark: true },
  'desktop-cy': { lang: 'cy', ...DESKTOP },
  'desktop-cy-dark': { lang: 'cy', ...DESKTOP, dark: true },
  'desktop-cy-large': { lang: 'cy', ...DESKTOP, large: true },
};

const [out = 'screens', ...named] = process.argv.slice(2);
mkdirSync(out, { recursive: true });
for (const [name, way] of Object.entries(WAYS)) if (named.length === 0 || named.includes(name)) await pictures(name, way);

async function pictures(name: string, { lang, width, height, dark, forced, large }: Way): Promise<void> {
  speak(lang);
  const server = await MockServer.start();
  const sealed = await makeMessage(sampleMessage);
  server.hold(sealed);
  const { context, close } = await launch({ colorScheme: dark ? 'dark' : 'light', width, height });
  const page = await context.newPage();
  if (forced) await page.emulateMedia({ forcedColors: 'active' });
  page.on('console', (message) => message.type() === 'error' && !message.text().includes('404') && console.log(`${name}: ${message.text()}`));
  page.on('pageerror', (error) => console.log(`${name}: ${String(error)}`));
  if (large) await page.addInitScript(() => document.addEventListener('DOMContentLoaded', () => (document.documentElement.style.fontSize = '200%')));

  /** The whole page: a frame that is out of sight is not painted, so the window is made as tall as the page. */
  const whole = async (state: string) => {
    const tall = await page.evaluate(() => document.documentElement.scrollHeight);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) console.log(`${name} ${state}: ${wide - width} px too wide`);
    await page.mouse.move(0, 0);
    await page.setViewportSize({ width, height: Math.max(height, tall) });
    await page.waitForTimeout(250);
    await page.screenshot({ path: join(out, `${name}-${state}.png`), fullPage: true });
    await page.setViewportSize({ width, height });
  };
  /** What is on the screen: dialogs. */
  const screen = async (state: string) => {
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(out, `${name}-${state}.png`) });
  };
  const button = (key: Key, values = {}) => page.getByRole('button', { name: t(key, values), exact: true }).first();
  const heading = (key: Key) => page.getByRole('heading', { level: 1, name: t(key) }).waitFor();
  const link = (one: typeof sealed) => server.linkTo(one).replace('#', `?lang=${lang}#`);

  const begins = process.env.STATES;
  if (begins !== undefined) {
    await drawn(page, server, `${sealed.handle}?lang=${lang}`, (state) => whole(`d-${state}`), begins);
    console.log(`${name}: done`);
    await close();
    server.stop();
    return;
  }
  for (const one of PAGES) {
    await page.goto(`${server.origin}/${one}?lang=${lang}`);
    await whole(`9-${one || 'home'}`);
  }
  await drawn(page, server, `${sealed.handle}?lang=${lang}`, (state) => whole(`d-${state}`));

  await page.goto('about:blank');
  await page.goto(link(sealed));
  await button('landing.button').waitFor();
  for (const details of await page.locator('summary').all()) await details.click();
  await whole('1-landing-open');
  await button('landing.button').click();
  const field = page.getByRole('textbox', { name: t('code.label') });
  await field.fill('1234 5678');
  await whole('2-code-typed');
  await button('code.button').click();
  await page.locator('.error-summary').waitFor();
  await page.locator('summary').first().click();
  await whole('2-code-refused');
  await field.fill(server.codeOf(sealed));
  await button('code.button').click();
  await page.locator('h1.subject').waitFor();
  await page.waitForTimeout(400);
  await whole('4-message');
  await button('message.viewing', { name: 'Referral letter' }).click();
  await page.locator('dialog').waitFor();
  await page.waitForTimeout(800);
  await screen('4-viewer');
  await button('close').click();
  await page.locator('summary').first().click();
  await button('message.sealedShow').click();
  await whole('4-message-sealed');
  await page.locator('summary').first().click();
  await button('message.plain').click();
  await whole('4-message-plain');
  await button('message.reply').click();
  await page.getByRole('textbox', { name: t('reply.text') }).fill('Thank you. I will come at 10:15.\n\nCould you send the leaflet as well?');
  await page.locator('#reply-files').setInputFiles([{ name: 'photo of the leaflet.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(340_000) }, { name: 'form.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(1_240_000) }]);
  await whole('5-reply');
  await button('reply.back').click();
  await page.getByText(t('draft.saved', { time: '' }).trim()).first().waitFor();
  await whole('4-message-draft');
  await button('message.closeButton').click();
  await page.locator('dialog').waitFor();
  await screen('4-close');
  await button('draft.closeBack').click();
  server.detain = (method, path) => (method === 'PUT' && path.includes('/parts/2') ? new Promise((resolve) => setTimeout(resolve, 1_500)) : null);
  await button('reply.send').click();
  await page.waitForTimeout(500);
  await whole('5-reply-sending');
  await heading('sent.h1');
  server.detain = null;
  await whole('6-sent');
  await button('sent.back').click();
  await page.locator('.thread summary').click();
  await whole('6-thread');
  server.detain = (_, path) => (path.endsWith('/message.age') ? new Promise((resolve) => setTimeout(resolve, 4_000)) : null);
  await button('message.downloadAll').click();
  await page.getByRole('button', { name: t('message.cancelling', { name: t('message.allFiles') }) }).waitFor();
  await whole('4-fetching');
  await page.getByRole('button', { name: t('message.cancelling', { name: t('message.allFiles') }) }).click();
  server.detain = null;
  const forwarded = await makeMessage(forwardedMessage());
  server.hold(forwarded);
  await page.goto('about:blank');
  await page.clock.install();
  await page.goto(link(forwarded));
  await button('landing.button').click();
  await field.fill(server.codeOf(forwarded));
  await button('code.button').click();
  await button('message.opening', { name: 'Referral' }).click();
  await page.waitForTimeout(400);
  await whole('4-nested');
  await button('message.viewing', { name: 'Appointment' }).click();
  await page.locator('dialog').waitFor();
  await screen('4-calendar');
  await button('close').click();
  await page.clock.fastForward('18:20');
  await button('session.stay').waitFor();
  await screen('7-session');
  await button('session.stay').click();
  if (!dark && !forced && !large) {
    await page.emulateMedia({ media: 'print' });
    await whole('8-print');
    await page.emulateMedia({ media: 'screen' });
  }
  console.log(`${name}: done`);
  await close();
  server.stop();
}
