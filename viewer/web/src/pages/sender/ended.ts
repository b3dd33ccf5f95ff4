// The sender's session is over, and the names of the recipients are gone from the page.

import type { Page } from '../../app.ts';
import { el, p } from '../../dom.ts';
import { busy } from '../../form.ts';
import type { SenderFlow } from '../../sender-flow.ts';
import { t } from './texts.ts';

export function senderEndedPage(flow: SenderFlow): Page {
  const ask = el('button', { type: 'button', class: 'button button-main' }, t('landing.button'));
  ask.addEventListener('click', (click) =>
    busy(ask, async () => {
      try {
        await flow.askForCode(click);
        flow.showCode();
      } catch (error) {
        flow.fail(error, () => flow.app.show(() => senderEndedPage(flow)));
      }
    }),
  );
  return {
    title: t('ended.title'),
    content: [el('div', { class: 'letter' }, el('h1', {}, t('ended.h1')), p(t('sender.endedLead')), el('p', { class: 'main-action' }, ask))],
  };
}
