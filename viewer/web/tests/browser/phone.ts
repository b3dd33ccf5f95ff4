// How a mail of 35 MB opens on a slow phone with a 4G line: `node scripts/phone.mjs`. Prints, and judges nothing.
//
// Both are made here and not by the browser's own emulation, which slows the page and not its worker: the line is a
// proxy (line.ts), and the renderer process is stopped three quarters of the time.

import { randomBytes } from 'node:crypto';
import { makeMessage } from '../mock/message.ts';
import { sampleMessage } from '../mock/samples.ts';
import { MockServer } from '../mock/server.ts';
import { launch } from './harness.ts';
import { FAST_4G, line } from './line.ts';

const SLOWER = Number(process.env.CPU ?? 4);
const server = await MockServer.start();
const phone = await line(Number(new URL(server.origin).port), FAST_4G);
server.origin = `http://localhost:${phone.port}`;
const large = new Uint8Array(randomBytes(25_400_000));
const sealed = await makeMessage({ ...sampleMessage, parts: [...sampleMessage.parts!, { name: 'scan.bin', type: 'application/octet-stream', data: large }] });
server.hold(sealed);

const { context, close } = await launch({ width: 375, height: 740 });
const page = await context.newPage();
const browser = await context.browser()!.newBrowserCDPSession();
let awake = true;
let going = true;
const renderers = async () => {
  const { processInfo } = (await browser.send('SystemInfo.getProcessInfo')) as { processInfo: { type: string; id: number }[] };
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
};
const signal = (pids: number[], name: 'SIGSTOP' | 'SIGCONT') => {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // it ended by itself
    }
  }
};
async function slowDown(): Promise<void> {
  const pids = await renderers();
  while (going) {
    awake = !awake;
    signal(pids, awake ? 'SIGCONT' : 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, awake ? 8 : 8 * (SLOWER - 1)));
  }
  signal(pids, 'SIGCONT');
}

const mega = (octets: number, ms: number) => `${(octets / 1e6 / (ms / 1e3)).toFixed(2)} MB/s`;
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

try {
  console.log(`Chromium ${context.browser()!.version()}, processor ${SLOWER} times slower, line ${(FAST_4G.down / 1e6).toFixed(2)} MB/s with ${2 * FAST_4G.delay} ms there and back, message.age ${(sealed.messageAge.length / 1e6).toFixed(1)} MB`);
  const load = await timed(async () => {
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
  });
  console.log(`first load (nothing cached, processor not slowed yet): ${Math.round(load)} ms`);
  const slowed = slowDown();
  await page.getByRole('button', { name: 'Email me a security code' }).click();
  const field = page.getByRole('textbox', { name: 'Security code' });
  await field.waitFor();
  await field.fill(server.codeOf(sealed));
  const body = await timed(async () => {
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.frameLocator('iframe.paper-frame').getByText('Your appointment at the eye clinic is on').waitFor();
  });
  console.log(`code to body: ${Math.round(body)} ms`);
  const plain = await timed(() => page.evaluate(async (path) => void (await (await fetch(path)).arrayBuffer()), `/api/v1/m/${sealed.handle}/message.age`));
  console.log(`the line: ${mega(sealed.messageAge.length, plain)} of plain octets`);
  const part = sealed.view.parts.find(({ name }) => name === 'scan.bin')!;
  const attachment = await timed(() => Promise.all([page.waitForEvent('download', { timeout: 120_000 }), page.getByRole('button', { name: 'Download scan' }).click()]));
  console.log(`an attachment of ${(part.length / 1e6).toFixed(1)} MB (encoded): ${mega(part.length, attachment)}, opened and decoded, ${Math.round((100 * part.length * plain) / (attachment * sealed.messageAge.length))}% of the line`);
  going = false;
  await slowed;
} finally {
  going = false;
  signal(await renderers().catch(() => []), 'SIGCONT');
  await close();
  phone.close();
  server.stop();
}
