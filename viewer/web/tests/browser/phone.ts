// How a mail of 35 MB opens on a slow phone with a 4G line: `node scripts/phone.mjs`. Prints, and judges nothing.
// RUNS says how often it is opened, each time by a browser that knows nothing; an attachment is fetched after the last.
//
// The body stands when the browser says that it painted it. A test that asks a slowed page whether a text is there yet
// hears it up to half a second later, because it asks at growing distances.
//
// Processor and line are made here and not by the browser's own emulation, which slows the page and not its worker: the line is a
// proxy (line.ts), and the renderer process is stopped three quarters of the time.

import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { makeMessage } from '../mock/message.ts';
import { sampleMessage } from '../mock/samples.ts';
import { MockServer, type Seen } from '../mock/server.ts';
import { launch } from './harness.ts';
import { FAST_4G, line } from './line.ts';

const SLOWER = Number(process.env.CPU ?? 4);
const RUNS = Number(process.env.RUNS ?? 5);
const server = await MockServer.start();
const phone = await line(Number(new URL(server.origin).port), FAST_4G);
server.origin = `http://localhost:${phone.port}`;
const large = new Uint8Array(randomBytes(25_400_000));
const sealed = await makeMessage({ ...sampleMessage, parts: [...sampleMessage.parts!, { name: 'scan.bin', type: 'application/octet-stream', data: large }] });

const mega = (octets: number, ms: number) => `${(octets / 1e6 / (ms / 1e3)).toFixed(2)} MB/s`;
const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** Stops and wakes the renderers, until it is told to end; those that start meanwhile as well, from a moment later on. */
function slowing(renderers: () => Promise<number[]>): { end(): Promise<void> } {
  let going = true;
  let pids: number[] = [];
  const look = async () => {
    while (going) {
      pids = await renderers().catch(() => pids);
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
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
  const slowed = (async () => {
    pids = await renderers();
    void look();
    for (let awake = false; going; awake = !awake) {
      signal(pids, awake ? 'SIGCONT' : 'SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, awake ? 8 : 8 * (SLOWER - 1)));
    }
    signal(pids, 'SIGCONT');
  })();
  return {
    async end() {
      going = false;
      await slowed;
      signal(await renderers().catch(() => []), 'SIGCONT');
    },
  };
}

/** When the browser first painted words of the mail, by `performance.now()`: the frame runs nothing, but may be asked from outside. */
async function painted(page: Page): Promise<number> {
  const frame = page.frames().find((one) => one.parentFrame() !== null && one.url() === 'about:srcdoc');
  for (let tries = 0; frame && tries < 100; tries++) {
    const at = await frame.evaluate(() => {
      const [paint] = performance.getEntriesByName('first-contentful-paint');
      return paint ? performance.timeOrigin + paint.startTime : null;
    });
    if (at !== null) return at - performance.timeOrigin;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the body was never painted');
}

/** What was asked for since `start`, and for how long none of what the body needs was on the line. */
function tell(requests: Seen[], start: number, body: number): void {
  const delay = FAST_4G.delay;
  for (const { method, path, at, answered } of requests) {
    // A request was sent a delay before it was seen; an answer begins to arrive a delay after it was given.
    const [sent, came] = [at - delay - start, (answered ?? Infinity) + delay - start];
    console.log(`  ${String(Math.round(sent)).padStart(6)} … ${String(Math.round(came)).padEnd(6)} ${method} ${path.replace(/^\/api\/v1\/m\/[^/]+/, '')}${sent > body ? ' (after the body)' : ''}`);
  }
  const there = requests.filter(({ path }) => !path.endsWith('/sent')).map(({ at, answered }) => [at - delay - start, (answered ?? Infinity) + delay - start] as const).filter(([sent]) => sent < body);
  let [reached, idle] = [0, 0];
  for (const [sent, came] of there) {
    idle += Math.max(0, sent - reached);
    reached = Math.max(reached, came);
  }
  console.log(`  of ${Math.round(body)} ms the line was waited for ${Math.round(Math.min(reached, body) - idle)}, the processor ${Math.round(body - Math.min(reached, body) + idle)}`);
}

/** Opens the message in a browser that is new to it; milliseconds from the press to the body. */
async function opening(last: boolean): Promise<number> {
  server.hold(sealed);
  // Tall enough that the body begins on the first screen: what lies below it is not painted.
  const { context, close } = await launch({ width: 412, height: 915 });
  const page = await context.newPage();
  const browser = await context.browser()!.newBrowserCDPSession();
  const renderers = async () => {
    const { processInfo } = (await browser.send('SystemInfo.getProcessInfo')) as { processInfo: { type: string; id: number }[] };
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  };
  let slowed: ReturnType<typeof slowing> | undefined;
  try {
    const load = await timed(async () => {
      await page.goto(server.linkTo(sealed));
      await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
    });
    slowed = slowing(renderers);
    await page.getByRole('button', { name: 'Email me a security code' }).click();
    const field = page.getByRole('textbox', { name: 'Security code' });
    await field.waitFor();
    // A person goes to their mail for it.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await field.fill(server.codeOf(sealed));
    const before = server.seen.length;
    const start = performance.now();
    const seen = await timed(async () => {
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.frameLocator('iframe.paper-frame').getByText('Your appointment at the eye clinic is on').waitFor();
    });
    const asked = server.seen.slice(before);
    // Until what comes right after it has come, too.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const body = (await painted(page)) - start;
    console.log(`first load ${Math.round(load)} ms (nothing cached, processor not slowed yet); code to body ${Math.round(body)} ms painted, ${Math.round(seen)} ms until the test saw it`);
    tell(server.seen.slice(before), start, body);
    if (asked.some(({ answered }) => !answered)) console.log('  something was still on its way when the body stood');
    if (last) await fetchLarge(page);
    return body;
  } finally {
    await slowed?.end();
    await close();
  }
}

async function fetchLarge(page: Page): Promise<void> {
  const plain = await timed(() => page.evaluate(async (path) => void (await (await fetch(path)).arrayBuffer()), `/api/v1/m/${sealed.handle}/message.age`));
  console.log(`the line: ${mega(sealed.messageAge.length, plain)} of plain octets`);
  const part = sealed.view.parts.find(({ name }) => name === 'scan.bin')!;
  const attachment = await timed(() => Promise.all([page.waitForEvent('download', { timeout: 120_000 }), page.getByRole('button', { name: 'Download scan' }).click()]));
  console.log(`an attachment of ${(part.length / 1e6).toFixed(1)} MB (encoded): ${mega(part.length, attachment)}, opened and decoded, ${Math.round((100 * part.length * plain) / (attachment * sealed.messageAge.length))}% of the line`);
}

try {
  console.log(`processor ${SLOWER} times slower, line ${(FAST_4G.down / 1e6).toFixed(2)} MB/s with ${2 * FAST_4G.delay} ms there and back, message.age ${(sealed.messageAge.length / 1e6).toFixed(1)} MB; times in ms from the press`);
  const bodies: number[] = [];
  for (let run = 1; run <= RUNS; run++) bodies.push(await opening(run === RUNS && process.env.ATTACHMENT !== 'no'));
  bodies.sort((a, b) => a - b);
  console.log(`code to body, ${RUNS} times: median ${Math.round(bodies[Math.floor(RUNS / 2)]!)} ms, slowest ${Math.round(bodies.at(-1)!)} ms`);
} finally {
  phone.close();
  server.stop();
}
