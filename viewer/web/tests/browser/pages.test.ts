// What holds for every page: accessibility, narrow screens, the policy, old browsers, a lost line, an absent reader.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { makeMessage, type Sealed } from '../mock/message.ts';
import { MockServer } from '../mock/server.ts';
import { forwardedMessage, sampleMessage } from '../mock/samples.ts';
import { violationsIn } from './axe.ts';
import { endSession, enterCode, launch, openMessage, type Browser } from './harness.ts';
import { brokenWords, enlarge } from './headings.ts';
import { loosePhones } from './telephone.ts';
import { hostile } from './xss.ts';

let browser: Browser;
let server: MockServer;
let page: Page;
let sealed: Sealed;

before(async () => {
  browser = await launch();
});
after(() => browser.close());

beforeEach(async () => {
  server = await MockServer.start();
  sealed = await makeMessage(sampleMessage);
  server.hold(sealed);
  page = await browser.context.newPage();
});
afterEach(async () => {
  await page.close();
  server.stop();
});

/** Each page that a reader can meet, by the way to it. */
const pages: [string, () => Promise<void>][] = [
  ['landing', async () => {
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
    for (const summary of await page.locator('summary').all()) await summary.click();
  }],
  ['message key', async () => {
    await page.goto(`${server.origin}/m/${sealed.handle}`);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').waitFor();
  }],
  ['code', async () => {
    await page.goto(server.linkTo(sealed));
    await page.getByRole('button', { name: 'Email me a security code' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').waitFor();
    await page.locator('summary').click();
  }],
  ['message', async () => {
    await openMessage(page, server, sealed);
    await page.getByText('Keep the sealed file').click();
    await page.getByRole('button', { name: 'Show the identity' }).click();
    await page.getByRole('textbox', { name: 'Identity' }).waitFor();
  }],
  ['plain text', async () => {
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Show as plain text' }).click();
  }],
  ['viewer', async () => {
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'View Notes' }).click();
    await page.locator('.viewer-text').waitFor();
  }],
  ['reply', async () => {
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('alert').waitFor();
    await page.locator('#reply-files').setInputFiles([{ name: `${'long'.repeat(30)}.pdf`, mimeType: 'application/pdf', buffer: Buffer.alloc(1) }]);
  }],
  ['reply refused', async () => {
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Hello');
    server.says = (_, path) => (path.endsWith('/replies') ? { status: 400, code: 'malformed' } : null);
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('alert').getByRole('link', { name: '01632 960000' }).waitFor();
  }],
  ['sent', async () => {
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Hello');
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
  }],
  ['fetching', async () => {
    await openMessage(page, server, sealed);
    server.detain = (_, path) => (path.endsWith('/message.age') ? new Promise((resolve) => setTimeout(resolve, 20_000)) : null);
    await page.getByRole('button', { name: 'Download all' }).click();
    await page.getByRole('button', { name: /^Cancel/ }).waitFor();
  }],
  ['attached message', async () => {
    const forwarded = await makeMessage(forwardedMessage());
    server.hold(forwarded);
    await openMessage(page, server, forwarded);
    await page.getByRole('button', { name: 'Open Referral here' }).click();
    await page.getByRole('region', { name: 'Referral of our patient' }).waitFor();
  }],
  ['calendar entry', async () => {
    const forwarded = await makeMessage(forwardedMessage());
    server.hold(forwarded);
    await openMessage(page, server, forwarded);
    await page.getByRole('button', { name: 'View Appointment' }).click();
    await page.getByRole('dialog').getByText('Room 3').waitFor();
  }],
  ['thread', async () => {
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Hello');
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('button', { name: 'Back to the message' }).click();
    await page.locator('.thread summary').click();
  }],
  ['later messages', async () => {
    server.later = [{ day: '2026-12-03', reference: 'K7Q-4MDX' }, { day: '2026-12-11', reference: 'W2M-08TR' }];
    await openMessage(page, server, sealed);
    await page.getByRole('region', { name: 'Later in this conversation' }).waitFor();
  }],
  ['draft', async () => {
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Hello');
    await page.getByRole('button', { name: 'Back to the message' }).click();
    await page.getByText(/^Draft saved/).first().waitFor();
  }],
  ['question before closing', async () => {
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Hello');
    await page.getByRole('button', { name: 'Back to the message' }).click();
    await page.getByRole('button', { name: 'Close message' }).click();
    await page.getByRole('dialog').waitFor();
  }],
  ['ended', async () => {
    await openMessage(page, server, sealed);
    await endSession(page, server, sealed);
    await page.getByRole('button', { name: 'Download a copy' }).click();
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
  }],
  ['closed', async () => {
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Close message' }).click();
    await page.getByRole('heading', { name: 'Message closed' }).waitFor();
  }],
  ['damaged', async () => {
    server.tamper = (_, body) => body.subarray(1);
    await page.goto(server.linkTo(sealed));
    await enterCode(page, server, sealed);
    await page.getByRole('heading', { name: 'damaged' }).waitFor();
  }],
  ['wait', async () => {
    await page.goto(server.linkTo(sealed));
    server.says = (_, path) => (path.endsWith('/code') ? { status: 429, code: 'wait', extra: { retry_at: new Date(Date.now() + 60_000).toISOString() } } : null);
    await page.getByRole('button', { name: 'Email me a security code' }).click();
    await page.getByText('It works only there').waitFor();
  }],
  ['slow down', async () => {
    server.says = (_, path) => (path.endsWith('/summary') ? { status: 429, code: 'slow-down' } : null);
    await page.goto(server.linkTo(sealed));
    await page.getByRole('heading', { name: 'Please wait a moment' }).waitFor();
  }],
  ['malformed handle', async () => {
    await page.goto(`${server.origin}/m/nonsense`);
    await page.getByRole('heading', { name: 'We cannot find this message' }).waitFor();
  }],
  ['not found', async () => {
    await page.goto(server.linkTo(await makeMessage()));
    await page.getByRole('heading', { name: 'We cannot find this message' }).waitFor();
  }],
  ...(['', 'genuine', 'privacy', 'cookies', 'accessibility', 'problem', 'nowhere'] as const).map((name): [string, () => Promise<void>] => [
    `/${name}`,
    async () => void (await page.goto(`${server.origin}/${name}`)),
  ]),
];

const violations = () => violationsIn(page);

async function fitsNarrowScreens(): Promise<void> {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.waitForTimeout(200);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), 'sideways scroll');
  const small = await page.evaluate(() =>
    Array.from(document.querySelectorAll<HTMLElement>('main button, main summary, main input:not([type=file]):not([type=checkbox]), main textarea, .site-links a, .languages > *'))
      .filter((one) => one.offsetParent !== null && (one.offsetHeight < 44 || one.offsetWidth < 44))
      .map((one) => `${one.textContent} ${one.offsetWidth}x${one.offsetHeight}`),
  );
  assert.deepEqual(small, []);
  await enlarge(page);
  assert.deepEqual(await brokenWords(page), [], 'broken words');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 320), 'sideways scroll at 200 %');
  await enlarge(page, 1);
  await page.setViewportSize({ width: 1280, height: 900 });
}

describe('every page', () => {
  for (const [name, go] of pages) {
    test(`${name}: axe finds nothing, light and dark, in both languages; one h1; 320 px without sideways scroll; targets of 44 px`, async () => {
      await go();
      assert.equal(await page.locator('h1').count(), 1);
      // What the server says itself it makes links of itself.
      if (!name.startsWith('/')) assert.deepEqual(await loosePhones(page), []);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.waitForTimeout(200);
        assert.deepEqual(await violations(), [], colorScheme);
      }
      await page.emulateMedia({ colorScheme: 'light' });
      await fitsNarrowScreens();
      // Past a dialog that may stand open. The origin is this test's own, so no other finds the choice.
      const turned = name.startsWith('/') ? page.waitForURL(/\?lang=cy$/) : null;
      await page.locator('.languages [lang=cy]').evaluate((one: HTMLElement) => one.click());
      await turned;
      assert.equal(await page.evaluate(() => document.documentElement.lang), 'cy');
      assert.equal(await page.locator('h1').count(), 1);
      assert.deepEqual(await violations(), [], 'Welsh');
      if (!name.startsWith('/')) assert.deepEqual(await loosePhones(page), [], 'Welsh');
      await fitsNarrowScreens();
    });
  }
});

test('the whole way works with the keyboard alone', async () => {
  await page.goto(server.linkTo(sealed));
  await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
  const tabTo = async (name: RegExp) => {
    for (let i = 0; i < 60; i++) {
      const label = await page.evaluate(() => {
        const active = document.activeElement as HTMLElement | null;
        return active?.getAttribute('aria-label') ?? active?.textContent ?? '';
      });
      if (name.test(label) && (await page.evaluate(() => ['BUTTON', 'SUMMARY'].includes(document.activeElement!.tagName)))) return;
      await page.keyboard.press('Tab');
    }
    assert.fail(`never reached ${String(name)}`);
  };
  await tabTo(/^Email me/);
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Security code' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H1');
  await page.keyboard.press('Tab');
  await page.keyboard.type(server.codeOf(sealed));
  await page.keyboard.press('Enter');
  await page.locator('h1.subject').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.className), 'subject');
  await tabTo(/^View Notes$/);
  await page.keyboard.press('Enter');
  await page.locator('.viewer-text').waitFor();
  await page.keyboard.press('Escape');
  await tabTo(/^Reply securely$/);
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Your message' }).focus();
  await page.keyboard.type('Typed');
  await tabTo(/^Send reply$/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
});

describe('the policy', () => {
  /** What the page asks for beyond its origin, and what the browser complains about. */
  function watch(): { foreign: string[]; complaints: string[] } {
    const foreign: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => !/^(?:data:|blob:|about:)/.test(request.url()) && !request.url().startsWith(server.origin) && foreign.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => (foreign.push('dialog'), void dialog.dismiss()));
    return { foreign, complaints };
  }

  test('is never hit on the way of an ordinary reader', async () => {
    const { foreign, complaints } = watch();
    await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) => console.error(`violation ${event.violatedDirective} ${event.blockedURI}`)));
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'View Waiting area' }).click();
    await page.locator('.viewer-picture').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Hello');
    await page.getByRole('button', { name: 'Send reply' }).click();
    await page.getByRole('heading', { name: 'Reply sent' }).waitFor();
    await page.getByRole('button', { name: 'Back to the message' }).click();
    await page.getByRole('button', { name: 'Close message' }).click();
    await page.getByRole('heading', { name: 'Message closed' }).waitFor();
    assert.deepEqual({ foreign, complaints }, { foreign: [], complaints: [] });
  });

  test('nothing but our origin is asked while hostile mail is read, and nothing of it runs', async () => {
    const evil = await makeMessage({ html: hostile.join('\n').replaceAll('SINKHOST', 'sink.example').replaceAll('SINK', 'http://sink.example'), subject: '<img src=x onerror=alert(1)>' });
    server.hold(evil);
    const { foreign } = watch();
    await openMessage(page, server, evil);
    await page.waitForTimeout(1_000);
    await page.getByRole('button', { name: 'Show as plain text' }).click();
    await page.getByRole('button', { name: 'Reply securely' }).click();
    assert.equal(await page.locator('h1').count(), 1);
    assert.equal(await page.locator('main img').count(), 0);
    assert.deepEqual(foreign, []);
  });

  test('lets no other code make trusted values', async () => {
    await openMessage(page, server, sealed);
    const thrown = await page.evaluate(() => {
      const out: string[] = [];
      const tries: (() => unknown)[] = [
        () => (document.createElement('div').innerHTML = '<b>x</b>'),
        () => window.trustedTypes!.createPolicy('other', { createHTML: (s) => s }),
        () => new Worker('/assets/other.js'),
        () => (document.createElement('script').src = '/x.js'),
      ];
      for (const one of tries) {
        try {
          one();
          out.push('allowed');
        } catch (error) {
          out.push((error as Error).name);
        }
      }
      return out;
    });
    assert.deepEqual(thrown, ['TypeError', 'TypeError', 'TypeError', 'TypeError']);
  });
});

describe('browsers without', () => {
  test('Trusted Types', async () => {
    server.withTrustedTypes = false;
    await page.addInitScript(() => delete (window as { trustedTypes?: unknown }).trustedTypes);
    await openMessage(page, server, sealed);
    await page.frameLocator('iframe.paper-frame').getByText('Your appointment').waitFor();
  });

  test('constructed style sheets: mail without its styles, in a frame that scrolls', async () => {
    await page.addInitScript(() => {
      (window as { CSSStyleSheet: unknown }).CSSStyleSheet = class {
        constructor() {
          throw new TypeError('Illegal constructor');
        }
      };
    });
    await openMessage(page, server, sealed);
    await page.frameLocator('iframe.paper-frame').getByText('Your appointment').waitFor();
    assert.ok((await page.locator('iframe.paper-frame-fixed').evaluate((element) => element.clientHeight)) > 500);
  });

  test('workers: a page that says what is missing', async () => {
    await page.addInitScript(() => delete (window as { Worker?: unknown }).Worker);
    await page.goto(server.linkTo(sealed));
    await page.getByRole('heading', { name: 'Your browser cannot open this message' }).waitFor();
    await page.getByText('What is missing: workers').waitFor();
  });

  test('a worker that loads: the same page', async () => {
    server.status = (_, path) => (path.startsWith('/assets/worker') ? 500 : null);
    await page.goto(server.linkTo(sealed));
    await page.getByRole('heading', { name: 'Your browser cannot open this message' }).waitFor();
  });

  test('storage: the way still works', async () => {
    await page.addInitScript(() => Object.defineProperty(window, 'sessionStorage', { get: () => { throw new Error('denied'); } }));
    await openMessage(page, server, sealed);
  });

  test('scripts: why they are needed, and a phone number', async () => {
    const bare = await launch({ javaScriptEnabled: false });
    try {
      const plain = await bare.context.newPage();
      await plain.goto(server.linkTo(sealed));
      await plain.getByRole('heading', { name: 'This page needs JavaScript' }).waitFor();
      assert.match((await plain.locator('noscript').textContent())!, /01632\s960000/);
      assert.equal(await plain.locator('.site-foot').evaluate((foot) => getComputedStyle(foot).visibility), 'visible', 'the help line waits for nothing');
    } finally {
      await bare.close();
    }
  });
});

describe('a lost line', () => {
  test('on the landing page: words, and a way to go on', async () => {
    server.drop = (_, path) => path.endsWith('/summary');
    await page.goto(server.linkTo(sealed));
    await page.getByRole('heading', { name: 'We cannot reach the message' }).waitFor();
    server.drop = null;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Email me a security code' }).waitFor();
  });

  test('while opening: the session stays, and no second code is needed', async () => {
    let drops = 10;
    server.drop = (_, path) => path.endsWith('/view.age') && drops-- > 0;
    await page.goto(server.linkTo(sealed));
    await enterCode(page, server, sealed);
    await page.getByRole('heading', { name: 'We cannot reach the message' }).waitFor({ timeout: 20_000 });
    drops = 0;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('h1.subject').waitFor();
    assert.equal(server.messages.get(sealed.handle)!.codes.length, 1);
  });

  test('in the middle of an attachment: it goes on by itself', async () => {
    await openMessage(page, server, sealed);
    let drops = 2;
    server.drop = (_, path) => path.endsWith('/message.age') && drops-- > 0;
    const [download] = await Promise.all([page.waitForEvent('download', { timeout: 20_000 }), page.getByRole('button', { name: 'Download Before your visit' }).click()]);
    assert.equal(readFileSync(await download.path()).length, 1_230_000);
  });
});

describe('an absent reader', () => {
  test('is asked after 18 minutes, and the message goes after 20', async () => {
    await page.clock.install();
    await openMessage(page, server, sealed);
    await page.clock.fastForward('18:20');
    const stay = page.getByRole('button', { name: 'Keep it open' });
    await stay.waitFor();
    assert.deepEqual(await violations(), []);
    await stay.click();
    assert.equal(await page.locator('h1.subject').count(), 1);
    await page.clock.fastForward('20:20');
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
    assert.doesNotMatch(await page.content(), /eye clinic/);
  });

  test('is not thought absent while typing', async () => {
    await page.clock.install();
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    const before = server.seen.filter(({ path }) => path.endsWith('/touch')).length;
    for (let i = 0; i < 5; i++) {
      await page.clock.fastForward('06:00');
      await page.getByRole('textbox', { name: 'Your message' }).press('a');
    }
    await page.waitForTimeout(200);
    assert.equal(await page.getByRole('textbox', { name: 'Your message' }).inputValue(), 'aaaaa');
    assert.equal(server.seen.filter(({ path }) => path.endsWith('/touch')).length, before + 5);
  });
});

describe('Back and Forward', () => {
  test('go between reply and message, and do not lose the link secret', async () => {
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Reply securely' }).click();
    await page.getByRole('textbox', { name: 'Your message' }).fill('Kept');
    await page.goBack();
    await page.locator('h1.subject').waitFor();
    await page.goForward();
    assert.equal(await page.getByRole('textbox', { name: 'Your message' }).inputValue(), 'Kept');
    assert.equal(new URL(page.url()).hash, sealed.fragment);
  });

  test('show nothing after Close message', async () => {
    await openMessage(page, server, sealed);
    await page.getByRole('button', { name: 'Close message' }).click();
    await page.getByRole('heading', { name: 'Message closed' }).waitFor();
    await page.goBack();
    await page.waitForTimeout(500);
    assert.doesNotMatch(await page.content(), /eye clinic/);
  });
});
