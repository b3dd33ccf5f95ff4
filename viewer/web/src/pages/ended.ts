// R7: the session is over. The content is gone from the page; what the reader wrote is not.

import { draftHasWords, type Page } from '../app.ts';
import { el, p } from '../dom.ts';
import { busy } from '../form.ts';
import type { Flow } from '../flow.ts';
import { t } from '../texts.ts';

/** Where the draft is: sealed on the device, only in this page, or nowhere. */
export type DraftKept = 'device' | 'page' | 'none';

export function endedPage(flow: Flow, keeping: Promise<DraftKept>): Page {
  const ask = el('button', { type: 'button', class: 'button button-main' }, t('landing.button'));
  ask.addEventListener('click', (click) =>
    busy(ask, async () => {
      try {
        await flow.askForCode(click);
        flow.showCode();
      } catch (error) {
        flow.fail(error, () => flow.app.show(() => endedPage(flow, keeping)));
      }
    }),
  );
  const kept = el('div', { role: 'status' });
  if (draftHasWords(flow.app.draft)) {
    flow.app.wasReplying = true;
    void keeping.then((where) => where !== 'none' && kept.replaceChildren(p(t(where === 'device' ? 'draft.ended' : 'ended.draft'), 'notice')));
  }
  return {
    title: t('ended.title'),
    content: [
      el(
        'div',
        { class: 'letter' },
        el('h1', {}, t('ended.h1')),
        p(t('ended.lead')),
        kept,
        el('p', { class: 'main-action' }, ask),
      ),
    ],
  };
}
