// Each barrier alone against the whole hostile set: no script runs and no request is made (PROMISES B3, B4).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { launch, type Browser } from './harness.ts';
import { hostile as own } from './xss.ts';

/** Somebody else's collection, as a JSON list of mails: HOSTILE=FILE. Those sets change often and have licences of their own. */
const hostile: string[] = [...own, ...(process.env.HOSTILE ? (JSON.parse(readFileSync(process.env.HOSTILE, 'utf8')) as string[]) : [])];

let browser: Browser;
let page: Page;
let home: Server;
let sink: Server;
let asked: string[] = [];
const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as { port: number }).port}`;

before(async () => {
  const bundled = await build({ entryPoints: ['tests/browser/pages/barriers.ts'], bundle: true, format: 'iife', write: false });
  const script = bundled.outputFiles[0]!.text;
  home = createServer((request, response) => {
    if (request.url === '/script.js') return void response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(script);
    // A relative address of hostile mail lands here: it counts as a request too.
    if (request.url !== '/' && request.url !== '/favicon.ico') asked.push(`home${request.url}`);
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!DOCTYPE html><link rel=icon href="data:,"><script src="/script.js"></script><body>');
  });
  sink = createServer((request, response) => {
    asked.push(request.url!);
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end();
  });
  await Promise.all([home, sink].map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
  browser = await launch();
  page = await browser.context.newPage();
  page.on('dialog', (dialog) => (asked.push('dialog'), void dialog.dismiss()));
  // Collections name hosts of their own.
  page.on('request', (request) => /^(?:https?|wss?):/.test(request.url()) && ![home, sink].some((server) => request.url().startsWith(addressOf(server))) && asked.push(`elsewhere ${request.url()}`));
});
after(async () => {
  await browser.close();
  for (const server of [home, sink]) {
    server.closeAllConnections();
    server.close();
  }
});

/** Each mail asks for addresses of its own, so that what is asked for tells which mail it was. */
const armed = (html: string, n: number) => {
  const address = `${addressOf(sink)}/${n}`;
  return html.replaceAll('SINKHOST', address.slice('http://'.length)).replaceAll('SINK', address);
};

/** Mail that lays itself over the page. */
const covers = [
  '<div style="position:fixed;inset:0;background:#fff;z-index:9999">Sign in again</div>',
  '<div style="position:absolute;top:0;left:0;width:100vw;height:100vh;z-index:2147483647">Sign in again</div>',
  '<style>p{position:fixed;top:0;left:0;right:0;height:150px}</style><p>Your session has ended</p>',
  '<div style="position:sticky;margin-top:-300px;height:400px">x</div><div style="position:fixed;inset:0">x</div>',
  '<style>.a{position:fixed!important;inset:0!important}</style><div class="a">x</div>',
  '<table style="position:fixed;inset:0;width:100%;height:100%"><tr><td>x</td></tr></table>',
];

const BATCH = 20;

/** Every mail in a frame of its own, in batches: what one breaks must not hide what the others do. */
async function tryAll(barrier: 'none' | 'sanitiser' | 'frame'): Promise<string[]> {
  asked = [];
  for (let from = 0; from < hostile.length; from += BATCH) {
    await page.goto(addressOf(home));
    for (const [i, html] of hostile.slice(from, from + BATCH).entries()) {
      await page.evaluate(([which, mail]) => window.barriers[which](mail), [barrier, armed(html, from + i)] as const).catch(() => asked.push(`${from + i} lost the page`));
    }
    await page.waitForTimeout(500);
    if (page.url() !== `${addressOf(home)}/`) asked.push(`went to ${page.url()}`);
  }
  return [...new Set(asked)];
}

test('without a barrier the set does what it says (negative control)', async (context) => {
  const mails = new Set((await tryAll('none')).map((path) => path.split('/')[1]));
  context.diagnostic(`${mails.size} of ${hostile.length} fired`);
  assert.ok(mails.size >= 70, `${mails.size} of ${hostile.length} fired`);
});

test('the sanitiser alone: 0 scripts, 0 requests', async () => {
  assert.deepEqual(await tryAll('sanitiser'), []);
});

test('the sandboxed frame alone: 0 scripts, 0 requests', async () => {
  assert.deepEqual(await tryAll('frame'), []);
});

test('mail laid out by either barrier alone covers nothing outside its box; without one it does', async (context) => {
  const overlays = async (barrier: 'none' | 'sanitiser' | 'frame') => {
    const covering: number[] = [];
    await page.goto(addressOf(home));
    for (const [n, html] of [...hostile, ...covers].entries()) {
      if (page.url() !== `${addressOf(home)}/`) await page.goto(addressOf(home));
      if (await page.evaluate(([which, mail]) => window.barriers.covers(which, mail), [barrier, armed(html, n)] as const).catch(() => false)) covering.push(n);
    }
    return covering;
  };
  const found = { none: await overlays('none'), sanitiser: await overlays('sanitiser'), frame: await overlays('frame') };
  for (const [barrier, covering] of Object.entries(found)) context.diagnostic(`${barrier}: ${covering.length} of ${hostile.length + covers.length} cover what is ours`);
  assert.ok(found.none.length >= covers.length, `negative control: ${found.none.length}`);
  assert.deepEqual([found.sanitiser, found.frame], [[], []]);
});

describe('the sanitiser', () => {
  const clean = async (html: string) => {
    await page.goto(addressOf(home));
    return page.evaluate((mail) => window.barriers.clean(mail), html);
  };

  test('keeps what letters are made of', async () => {
    const { html, css } = await clean(
      '<style>.MsoNormal{margin:0 0 12px;color:#123456}</style><p class="MsoNormal" style="font-size:18px;text-align:center"><b>Hello</b></p>' +
        '<table border="1" cellpadding="4" width="300"><tr><td bgcolor="#eeeeee" colspan="2" align="right">1</td></tr></table>',
    );
    assert.match(html, /<table (?=[^>]*border="1")(?=[^>]*cellpadding="4")(?=[^>]*width="300")/);
    assert.match(html, /<td (?=[^>]*bgcolor="#eeeeee")(?=[^>]*colspan="2")(?=[^>]*align="right")/);
    assert.match(html, /<p class="MsoNormal sealpost-1">/);
    assert.match(css, /\.MsoNormal\{[^}]*margin-bottom:12px/);
    assert.match(css, /\.sealpost-1[^{]*\{[^}]*font-size:18px;[^}]*text-align:center/);
    assert.doesNotMatch(html, /style=/);
  });

  test('keeps widths of the screen in style sheets, and drops the dark, the fixed and the far', async () => {
    const { css } = await clean(
      '<style>@media (max-width:600px){.a{width:100%}}@media (prefers-color-scheme:dark){.b{color:#fff}}@media print{.c{color:red}}' +
        '.d{position:fixed;top:0;z-index:9;color:blue}.e{display:grid}.f::before{content:"x"}</style>x',
    );
    assert.match(css, /@media \(max-width: 600px\)\{\.a\{width:100%;\}/);
    assert.doesNotMatch(css, /\.b|\.c|position|z-index|grid|content/);
    assert.match(css, /\.d\{color:blue;\}/);
  });

  test('opens links in a new window and shows where they go', async () => {
    const { html } = await clean(
      '<a href="https://evil.example/x">www.bank.example</a> <a href="https://www.clinic.example/a">clinic.example</a> ' +
        '<a href="https://bank.example@evil.example/">bank.example</a> <a href="https://xn--80ak6aa92e.example/">аррӏе.example</a> ' +
        '<a href="mailto:a@b.example">write</a> <a href="tel:123">call</a> <a href="#x">here</a> <a href="/relative">there</a> <a href="ftp://x/">old</a>',
    );
    assert.equal([...html.matchAll(/target="_blank"/g)].length, 6);
    assert.equal([...html.matchAll(/rel="noopener noreferrer"/g)].length, 6);
    const shown = [...html.matchAll(/ \[([^\]]+)\]/g)].map(([, host]) => host);
    assert.deepEqual(shown, ['evil.example', 'evil.example', 'xn--80ak6aa92e.example', 'a@b.example']);
    assert.doesNotMatch(html, /href="(?:#|\/|ftp)/);
    assert.doesNotMatch(html, /bank\.example@/);
  });

  test('leaves the host out only where the words are the address', async () => {
    const { html } = await clean(
      [
        '<a href="https://evil.example">https://www.known.example/login<span style="display:none">evil.example</span></a>',
        '<a href="https://a.example">https://www.known.example/a.example</a>',
        '<a href="https://n.example" style="display:inline-block;overflow:hidden;height:1.5em;width:14em">https://www.known.example/</a>',
        '<a href="https://at.example">https://www.known.example@at.example/</a>',
        '<a href="https://www.known.example.line.example">www.known.example\n.line.example</a>',
        '<bdo dir="rtl"><a href="https://elpmaxe.knab">elpmaxe.knab</a></bdo>',
        '<a href="https://www.plain.example/x?y=1#z"> https://www.plain.example/other </a>',
      ].join('<br>'),
    );
    const shown = [...html.matchAll(/ \[([^\]]+)\]/g)].map(([, host]) => host);
    assert.deepEqual(shown, ['evil.example', 'a.example', 'n.example', 'at.example', 'known.example.line.example', 'elpmaxe.knab']);
  });

  test('keeps no style that clips, fades or moves out of sight', async () => {
    const { css } = await clean(
      '<style>a::first-line{color:#ffffff}a:first-letter{color:#ffffff}</style>' +
        '<p style="overflow:hidden;overflow-x:clip;text-overflow:ellipsis;text-indent:-999px;opacity:.1;clip:rect(0 0 0 0);clip-path:inset(1px)">x</p>' +
        '<p style="color:transparent;font-size:0;line-height:0;margin-top:-40px;vertical-align:40px">x</p><p style="color:rgba(0,0,0,.01);font-size:1px;line-height:.1">x</p><p style="font-size:.01cm">x</p><p style="font-size:.2em">x</p>',
    );
    assert.equal(css.trim(), '');
    const kept = await clean('<p style="color:#123456;font-size:12px;line-height:1.2;margin-top:4px;vertical-align:top">x</p><p style="font-size:.9em;line-height:20px">y</p><p style="font-size:10px;line-height:100%">z</p>');
    for (const one of ['color:rgb(18, 52, 86)', 'line-height:1.2', 'margin-top:4px', 'vertical-align:top', 'font-size:0.9em', 'line-height:20px', 'font-size:10px', 'line-height:100%']) assert.ok(kept.css.includes(one), `${one} in ${kept.css}`);
  });

  test('counts pictures from the internet, and shows those of the message', async () => {
    const { html, remote } = await clean('<img src="http://x.example/1.png" alt="Logo"><img src="//x.example/2.gif"><img src="cid:a@b" alt="Map"><img src="cid:a%40b"><img src="cid:none" alt="Plan"><img src="data:image/svg+xml,<svg/>">');
    assert.equal(remote, 2);
    assert.equal([...html.matchAll(/src="data:image\/png;base64,AA=="/g)].length, 2);
    assert.match(html, /\[Logo\]/);
    assert.match(html, /\[Plan\]/);
    assert.doesNotMatch(html, /x\.example|svg/);
  });

  test('does not let mail dress as ours', async () => {
    const { html, css } = await clean('<style>.sealpost-host{display:none}.sealpost-1{color:red}[class^="sealpost"]{display:none}</style><span class="sealpost-host x">[bank.example]</span>');
    assert.doesNotMatch(html, /sealpost/);
    assert.doesNotMatch(css, /sealpost/);
  });

  test('does not let a style sheet hide where links go', async () => {
    await page.goto(addressOf(home));
    await page.evaluate(
      (mail) => window.barriers.sanitiser(mail),
      '<style>a span{display:none!important}span{visibility:hidden!important;font-size:0!important;color:#fff!important}' +
        'a span:not(#a#b#c#d#e#f#g){opacity:0!important;letter-spacing:-1em!important}</style><a href="https://evil.example/">bank</a>',
    );
    const seen = await page.frames()[1]!.evaluate(() => {
      const host = document.querySelector('.sealpost-host')!;
      const { display, visibility, opacity, fontSize, color, letterSpacing } = getComputedStyle(host);
      return { display, visibility, opacity, fontSize, color, letterSpacing, text: host.textContent };
    });
    assert.deepEqual(seen, { display: 'inline', visibility: 'visible', opacity: '1', fontSize: '14px', color: 'rgb(74, 91, 91)', letterSpacing: 'normal', text: ' [evil.example]' });
  });

  test('reads words out of a mail that has no text', async () => {
    const { text } = await clean('<h1>Title</h1><p>One   line<br>two</p><ul><li>a</li><li>b</li></ul><pre>x\n  y</pre><table><tr><td>1</td><td>2</td></tr></table><script>no</script><style>no</style>');
    assert.equal(text, 'Title\n\nOne line\ntwo\n• a\n• b\nx\n  y\n1\t2');
  });

  test('takes a mail of any shape in time', async () => {
    for (const html of ['<a "'.repeat(200_000), '<style>'.repeat(100_000), '<!--'.repeat(200_000), '<p style="color:red">x</p>'.repeat(5_000), '<'.repeat(500_000)]) {
      await page.goto(addressOf(home));
      const took = await page.evaluate((mail) => {
        const start = performance.now();
        window.barriers.clean(mail);
        return performance.now() - start;
      }, html);
      assert.ok(took < 8_000, `${Math.round(took)} ms for ${html.slice(0, 20)}`);
    }
  });
});
