// The browser's own ChaCha20-Poly1305 and the script's: the same octets, the same refusals. `node scripts/rates.mjs` measures them.

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { launch, type Browser } from './harness.ts';

let browser: Browser;
let page: Page;
let home: Server;

before(async () => {
  const bundled = await build({ entryPoints: ['tests/browser/pages/engines.ts'], bundle: true, format: 'iife', write: false, minify: true });
  home = createServer((request, response) => {
    const script = request.url === '/script.js';
    response.writeHead(200, { 'Content-Type': script ? 'text/javascript' : 'text/html' });
    response.end(script ? bundled.outputFiles[0]!.text : '<!DOCTYPE html><script src="/script.js"></script>');
  });
  await new Promise<void>((resolve) => home.listen(0, '127.0.0.1', resolve));
  browser = await launch();
  page = await browser.context.newPage();
  await page.goto(`http://127.0.0.1:${(home.address() as { port: number }).port}/`);
});
after(async () => {
  await browser.close();
  home.closeAllConnections();
  home.close();
});

const engines = async () => ((await page.evaluate(() => window.engines.nativeWorks())) ? (['native', 'script'] as const) : (['script'] as const));

test('both open every size, and refuse a flipped bit in the last and in another chunk', async () => {
  for (const engine of await engines()) {
    for (const size of [0, 1, 65_536, 65_537, 1_000_000]) {
      const opened = await page.evaluate(([which, length]) => window.engines.open(which, length, null), [engine, size] as const);
      assert.equal(opened?.equal, true, `${engine} ${size}`);
    }
    for (const flip of [0, 100, 500_000]) {
      assert.equal(await page.evaluate(([which, at]) => window.engines.open(which, 1_000_000, at), [engine, flip] as const), null, `${engine} ${flip}`);
    }
  }
});

test('both follow the C2SP/CCTV vectors for age', async () => {
  for (const engine of await engines()) {
    const { tried, wrong } = await page.evaluate((which) => window.engines.vectors(which), engine);
    assert.ok(tried > 75, `${tried} vectors applied`);
    assert.deepEqual(wrong, [], engine);
  }
});
