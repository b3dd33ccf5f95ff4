// R4: the message. Everything shown here comes out of the opened view (PROMISES B6); the body stands before any
// attachment is fetched.

import { draftHasWords, type Page } from '../app.ts';
import { announce, button, disclosure, el, p, rows } from '../dom.ts';
import type { Flow } from '../flow.ts';
import { t } from '../texts.ts';
import { bothTimes, dayAndClock, mailboxes } from '../words.ts';
import { attachments } from './message/attachments.ts';
import { body } from './message/body.ts';
import { copies } from './message/copies.ts';
import { protection } from './message/nested.ts';
import { later } from './message/later.ts';
import { thread } from './message/thread.ts';
import { isShort, moreTime } from './more-time.ts';
import { notForMe } from './not-for-me.ts';

export function messagePage(flow: Flow): Page {
  const { app } = flow;
  const { view, expires_at, reply } = app.opened!;
  const { headers } = view;
  const shown = body(flow, view);
  const files = attachments(flow, view, shown.pictures);
  shown.lost((index) => files.add(index));
  const replyButton = button(t('message.reply'), () => void app.kept.then(() => flow.reply()), 'button button-main');
  const waiting = el('div', { class: 'no-print' });
  void app.kept.then((kept) => reply.possible && draftWaits(flow, kept, waiting, replyButton));
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
        protection(view),
        ...shown.content,
        files.content,
      ),
      thread(app.sent),
      later(app.later),
      waiting,
      reply.possible ? el('div', { class: 'actions' }, replyButton) : null,
      el(
        'div',
        { class: 'actions' },
        button(t('message.print'), () => window.print(), 'button button-quiet'),
        copy.download,
        button(t('message.closeButton'), () => flow.close(), 'button button-quiet'),
      ),
      copy.status,
      p(t('message.copyHint'), 'hint no-print'),
      isShort(Date.parse(view.captured_at), Date.parse(expires_at), Date.now())
        ? el('div', { class: 'no-print' }, p(t('time.lead', { date: dayAndClock(new Date(expires_at)) })), moreTime(flow, 'time.ask'))
        : null,
      disclosure(t('message.sealed'), ...copy.sealed),
      notForMe(flow),
      printed,
    ],
    shown: () => shown.fit(),
    leave: () => {
      window.removeEventListener('beforeprint', sayWhen);
      shown.leave();
      files.leave();
      copy.leave();
    },
  };
}

/** A reply was begun and not sent: in an earlier visit, or a moment ago. */
function draftWaits(flow: Flow, kept: { saved: number; missing: number } | null, place: HTMLElement, replyButton: HTMLButtonElement): void {
  if (!draftHasWords(flow.app.draft)) return;
  const remove = button(t('draft.delete'), () => {
    flow.dropDraft();
    place.replaceChildren();
    replyButton.focus();
    announce(t('draft.deleted'));
  }, 'button button-link');
  const { keeper } = flow.app;
  const words = p(kept ? t('draft.waiting', { date: dayAndClock(new Date(kept.saved)) }) : keeper.words);
  // It may still be on its way into storage.
  if (!kept) void keeper.save().then(() => (words.textContent = keeper.words));
  place.replaceChildren(el('div', { class: 'notice draft-waits' }, words, kept && kept.missing > 0 ? p(t('draft.missing')) : null, remove));
}
