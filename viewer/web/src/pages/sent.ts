// R6: the reply has arrived.

import type { Page } from '../app.ts';
import { button, el, p } from '../dom.ts';
import type { Flow } from '../flow.ts';
import type { ReplySent } from '../protocol.ts';
import { t } from '../texts.ts';
import { dayAndClock } from '../words.ts';

export function sentPage(flow: Flow, sent: ReplySent, to: string[]): Page {
  const who = flow.app.who;
  return {
    title: t('sent.title'),
    content: [
      el(
        'div',
        { class: 'letter letter-done' },
        el('h1', {}, t('sent.h1')),
        el('p', {}, t('sent.reference'), ' ', el('strong', { class: 'reference' }, sent.reference)),
        p(t('sent.at', { date: dayAndClock(new Date(sent.received_at)) }), 'hint'),
      ),
      el('h2', {}, t('sent.next')),
      p(t('sent.next1', { to: to.join(', ') })),
      p(t('sent.next2', who)),
      p(t('sent.later'), 'hint'),
      // The session may have ended while it travelled.
      flow.app.opened ? el('p', { class: 'main-action' }, button(t('sent.back'), () => flow.message(), 'button button-quiet')) : null,
    ],
  };
}
