// A real Chromium, and the first steps that every journey shares.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import type { Sealed } from '../mock/message.ts';
import type { MockServer } from '../mock/server.ts';

export interface Browser {
  context: BrowserContext;
  close(): Promise<void>;
}

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** One browser in which each page is a device of its own: none knows what another keeps. */
export async function launchDevices(): Promise<{ device(): Promise<Page>; close(): Promise<void> }> {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS });
  return {
    device: async () => (await browser.newContext({ timezoneId: 'Europe/London', locale: 'en-GB' })).newPage(),
    close: () => browser.close(),
  };
}

export async function launch(options: { colorScheme?: 'light' | 'dark'; width?: number; height?: number; javaScriptEnabled?: boolean } = {}): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'sealpost-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ARGUMENTS,
    colorScheme: options.colorScheme ?? 'light',
    javaScriptEnabled: options.javaScriptEnabled ?? true,
    viewport: { width: options.width ?? 1280, height: options.height ?? 900 },
    acceptDownloads: true,
    timezoneId: 'Europe/London',
    locale: 'en-GB',
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** From the link to the opened message. */
export async function openMessage(page: Page, server: MockServer, sealed: Sealed): Promise<void> {
  await page.goto(server.linkTo(sealed));
  await enterCode(page, server, sealed);
  await page.locator('h1.subject').waitFor();
}

/** Ends the session between two requests of the page: one that is on its way would tell the reader before the test does. */
export async function endSession(page: Page, server: MockServer, sealed: Sealed): Promise<void> {
  await page.waitForLoadState('networkidle');
  server.endSession(sealed);
}

export async function enterCode(page: Page, server: MockServer, sealed: Sealed): Promise<void> {
  await page.getByRole('button', { name: 'Email me a security code' }).click();
  const field = page.getByRole('textbox', { name: 'Security code' });
  await field.waitFor();
  await field.fill(server.codeOf(sealed).replace(/^(\d{4})/, '$1 '));
  await page.getByRole('button', { name: 'Continue' }).click();
}
