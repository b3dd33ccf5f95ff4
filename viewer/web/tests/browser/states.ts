// The pages that can be drawn without a reader's whole way: for who looks at them, and for tests that want all of them.

import type { Page } from 'playwright-core';
import type { MockServer } from '../mock/server.ts';

/** What `preview.js` draws without a server. */
const STATES = [
  'checking', 'landing', 'exposed', 'key', 'code', 'code-wrong', 'opening', 'message', 'reply', 'reply-failed', 'reply-refused', 'sent', 'ended', 'ended-draft', 'closed',
  'too-old', 'damaged', 'not-found', 'bad-handle', 'expired', 'withdrawn', 'too-many-codes', 'too-many-tries', 'too-many-replies', 'wait', 'slow-down',
  'no-cookies', 'by-program', 'offline', 'server', 'unsupported', 'bad-link', 'refused', 'not-for-me', 'message-ending', 'message-later', 'disowned',
  'sender-checking', 'sender-landing', 'sender-landing-over', 'sender-timeline', 'sender-many', 'sender-waiting', 'sender-confirm', 'sender-over', 'sender-withdrawn', 'sender-ended', 'sender-closed', 'sender-not-found',
];
/** What the server says by itself. */
export const PAGES = ['', 'genuine', 'privacy', 'cookies', 'accessibility', 'problem', 'nowhere'];

/** Each state that needs no journey, by the script that draws the operator's preview. */
export async function drawn(page: Page, server: MockServer, path: string, look: (state: string) => Promise<void>, begins = ''): Promise<void> {
  let state = '';
  const pattern = /\/[ms]\/[^/]*$/;
  await page.route(pattern, async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace(/<script type="module"[^>]*>/, `<script defer src="/assets/preview.js" data-state="${state}">`);
    await route.fulfill({ response, body });
  });
  for (state of STATES.filter((one) => one.startsWith(begins))) {
    await page.goto('about:blank');
    await page.goto(`${server.origin}/${state.startsWith('sender-') ? 's' : 'm'}/${path}`);
    await page.locator('h1').waitFor();
    await look(state);
  }
  await page.unroute(pattern);
}
