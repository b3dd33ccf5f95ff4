// R7: the session is over. The content is gone from the page; what the reader wrote is not.

import type { Page } from '../app.ts';
import { el, p } from '../dom.ts';
import { busy } from '../form.ts';
import type { Flow } from '../flow.ts';
import { t } from '../texts.ts';

export function endedPage(flow: Flow, draftKept: boolean): Page {
  const ask = el('button', { type: 'button', class: 'button button-main' }, t('landing.button'));
  ask.addEventListener('click', () =>
    busy(ask, async () => {
      try {
        await flow.askForCode();
        flow.showCode();
      } catch (error) {
        flow.fail(error, () => flow.app.show(() => endedPage(flow, draftKept)));
      }
    }),
  );
  if (draftKept) flow.app.wasReplying = true;
  return {
    title: t('ended.title'),
    content: [
      el(
        'div',
        { class: 'letter' },
        el('h1', {}, t('ended.h1')),
        p(t('ended.lead')),
        draftKept ? p(t('ended.draft'), 'notice') : null,
        el('p', { class: 'main-action' }, ask),
      ),
    ],
  };
}
