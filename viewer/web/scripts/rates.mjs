// How fast a browser opens and seals, by its own cipher and by the script's: `node scripts/rates.mjs [MEGABYTES]`.
// With CPU=4 the browser's processor is slowed down four times, as phones are.

import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const here = fileURLToPath(new URL('..', import.meta.url));
const size = Number(process.argv[2] ?? 32) * 1_000_000;
const { outputFiles } = await build({ absWorkingDir: here, entryPoints: ['tests/browser/pages/engines.ts'], bundle: true, format: 'iife', write: false, minify: true });
const home = createServer((request, response) => {
  const script = request.url === '/script.js';
  response.writeHead(200, { 'Content-Type': script ? 'text/javascript' : 'text/html' });
  response.end(script ? outputFiles[0].text : '<!DOCTYPE html><script src="/script.js"></script>');
});
await new Promise((resolve) => home.listen(0, '127.0.0.1', resolve));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${home.address().port}/`);
  const rate = Number(process.env.CPU ?? 1);
  if (rate > 1) await (await page.context().newCDPSession(page)).send('Emulation.setCPUThrottlingRate', { rate });
  console.log(`Chromium ${browser.version()}, processor slowed ${rate} times, ${size / 1e6} MB`);
  const mega = (seconds) => `${Math.round(size / 1e6 / seconds)} MB/s`;
  const native = await page.evaluate(() => window.engines.nativeWorks());
  if (!native) console.log('native: this browser has no ChaCha20-Poly1305 of its own');
  for (const engine of native ? ['native', 'script'] : ['script']) {
    await page.evaluate((which) => window.engines.open(which, 4_000_000, null), engine);
    const { seconds } = await page.evaluate(([which, length]) => window.engines.open(which, length, null), [engine, size]);
    console.log(`${engine}: opens ${mega(seconds)}`);
  }
  console.log(`seals ${mega(await page.evaluate((length) => window.engines.sealing(length), size))}`);
} finally {
  await browser.close();
  home.closeAllConnections();
  home.close();
}
