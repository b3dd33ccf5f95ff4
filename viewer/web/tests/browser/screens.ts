// Takes pictures of every page, on a phone and on a desktop, light and dark: `node scripts/screens.mjs DIR`.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeMessage } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { forwardedMessage, sampleMessage } from '../mock/samples.ts';
import { enterCode, launch } from './harness.ts';

const out = process.argv[2] ?? 'screens';
mkdirSync(out, { recursive: true });

for (const [device, width, height] of [['phone', 375, 740], ['desktop', 1280, 860]] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const server = await MockServer.start();
    const sealed = await makeMessage(sampleMessage);
    server.hold(sealed);
    const { context, close } = await launch({ colorScheme, width, height });
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && console.log(`${device}: ${message.text()}`));
    page.on('pageerror', (error) => console.log(`${device}: ${String(error)}`));
    const shot = async (name: string) => {
      // A frame that is out of sight is not painted.
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(out, `${name}-${device}-${colorScheme}.png`), fullPage: true });
    };
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
    await shot('1-landing');
    for (const details of await page.locator('summary').all()) await details.click();
    await shot('1-landing-open');
    await page.getByRole('button', { name: 'Tell the sender and close the link' }).click();
    await page.screenshot({ path: join(out, `1-not-for-me-${device}-${colorScheme}.png`) });
    await page.getByRole('button', { name: 'Go back' }).click();
    await page.getByRole('button', { name: 'Email me a security code' }).click();
    const field = page.getByRole('textbox', { name: 'Security code' });
    await field.fill('1234 5678');
    await shot('2-code');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('.error-summary').waitFor();
    await page.locator('summary').click();
    await shot('2-code-wrong');
    await field.fill(server.codeOf(sealed));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.locator('h1.subject').waitFor();
    await page.waitForTimeout(600);
    await shot('4-message');
    await page.getByRole('button', { name: 'View Referral letter' }).click();
    await page.locator('dialog').waitFor();
    await page.waitForTimeout(1200);
    await page.screenshot({ path: join(out, `4-viewer-${device}-${colorScheme}.png`) });
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.locator('summary').first().click();
    await page.getByRole('button', { name: 'Show the identity' }).click();
    await shot('4-message-sealed');
    await page.getByRole('button', { name: 'Show as plain text' }).click();
    await shot('4-message-plain');
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Thank you. I will come at 10:15.\n\nCould you send the leaflet as well?');
    await page.locator('#reply-files').setInputFiles([{ name: 'photo of the leaflet.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(340_000) }, { name: 'form.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(1_240_000) }]);
    await shot('5-reply');
    await page.getByRole('button', { name: 'Back to the message' }).click();
    await page.getByText('You began a reply').or(page.getByText(/^Draft saved/)).first().waitFor();
    await shot('4-message-draft');
    await page.getByRole('button', { name: 'Close message' }).click();
    await page.getByRole('heading', { name: 'You have not sent your reply' }).waitFor();
    await page.screenshot({ path: join(out, `4-close-${device}-${colorScheme}.png`) });
    await page.getByRole('button', { name: 'Back to my reply' }).click();
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
    await shot('6-sent');
    await page.getByRole('button', { name: 'Back to the message' }).click();
    await page.locator('.thread summary').click();
    await shot('6-thread');
    server.detain = (_, path) => (path.endsWith('/message.age') ? new Promise((resolve) => setTimeout(resolve, 4_000)) : null);
    await page.getByRole('button', { name: 'Download all' }).click();
    await page.getByRole('button', { name: /^Cancel/ }).waitFor();
    await shot('4-fetching');
    await page.getByRole('button', { name: /^Cancel/ }).click();
    server.detain = null;
    server.endSession(sealed);
    await page.getByRole('button', { name: 'Download a copy' }).click();
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
    await shot('7-ended');
    const forwarded = await makeMessage(forwardedMessage());
    server.hold(forwarded);
    await page.goto('about:blank');
    await page.goto(server.linkTo(forwarded));
    await enterCode(page, server, forwarded);
    await page.getByRole('button', { name: 'Open Referral here' }).click();
    await page.waitForTimeout(600);
    await shot('4-nested');
    await page.getByRole('button', { name: 'View Appointment' }).click();
    await page.locator('dialog').waitFor();
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(out, `4-calendar-${device}-${colorScheme}.png`) });
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.goto('about:blank');
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
    if (colorScheme === 'light') {
      server.messages.get(sealed.handle)!.askedAt = 0;
      await enterCode(page, server, sealed);
      await page.locator('h1.subject').waitFor();
      await page.emulateMedia({ media: 'print' });
      await shot('8-print');
      await page.emulateMedia({ media: 'screen' });
      await page.goto(`${server.origin}/m/${sealed.handle}`);
      await page.getByRole('textbox', { name: 'Message key' }).waitFor();
      await shot('9-key');
      for (const name of ['genuine', 'privacy', 'cookies', 'accessibility', 'problem', 'nowhere', '']) {
        await page.goto(`${server.origin}/${name}`);
        await shot(`9-${name || 'home'}`);
      }
    }
    await close();
    server.stop();
  }
}
