// R4: the message. Everything shown here comes out of the opened view (PROMISES B6); the body stands before any
// attachment is fetched.

import type { Page } from '../app.ts';
import { button, disclosure, el, p, rows } from '../dom.ts';
import type { Flow } from '../flow.ts';
import { t } from '../texts.ts';
import { bothTimes, dayAndClock, mailboxes } from '../words.ts';
import { attachments } from './message/attachments.ts';
import { body } from './message/body.ts';
import { copies } from './message/copies.ts';

export function messagePage(flow: Flow): Page {
  const { app } = flow;
  const { view, expires_at, reply } = app.opened!;
  const { headers } = view;
  const shown = body(flow);
  const files = attachments(flow, shown.pictures);
  shown.lost((index) => files.add(index));
  const copy = copies(flow);
  const printed = p('', 'print-only');
  const sayWhen = () => {
    printed.textContent = t('message.printed', { ...app.who, date: dayAndClock(new Date()), address: app.summary?.masked_address ?? '' });
  };
  sayWhen();
  window.addEventListener('beforeprint', sayWhen);
  const sent = headers.date ?? view.captured_at;

  return {
    title: t('message.title'),
    content: [
      el(
        'article',
        { class: 'message' },
        el('h1', { class: 'subject' }, headers.subject || t('message.noSubject')),
        rows(
          'headers',
          [t('message.from'), mailboxes(headers.from) || t('message.unknown')],
          [t('message.to'), mailboxes(headers.to)],
          [t('message.cc'), mailboxes(headers.cc)],
          [t('message.sent'), bothTimes(new Date(sent))],
          [t('message.until'), dayAndClock(new Date(expires_at))],
        ),
        view.policy.escrow ? p(t('message.escrow', { organisation: view.organisation.name }), 'hint') : null,
        ...shown.content,
        files.content,
      ),
      reply.possible ? el('div', { class: 'actions' }, button(t('message.reply'), () => flow.reply(), 'button button-main')) : null,
      el(
        'div',
        { class: 'actions' },
        button(t('message.print'), () => window.print(), 'button button-quiet'),
        copy.download,
        button(t('message.closeButton'), () => flow.close(), 'button button-quiet'),
      ),
      copy.status,
      p(t('message.copyHint'), 'hint no-print'),
      disclosure(t('message.sealed'), ...copy.sealed),
      printed,
    ],
    leave: () => {
      window.removeEventListener('beforeprint', sayWhen);
      shown.leave();
      files.leave();
      copy.leave();
    },
  };
}
