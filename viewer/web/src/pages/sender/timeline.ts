// What became of each recipient, with when, and the one thing that a sender can do about it.

import type { Page } from '../../app.ts';
import { button, el, inParts, labelled, p, rows } from '../../dom.ts';
import { busy } from '../../form.ts';
import type { RecipientTimeline, Standing, Timeline } from '../../protocol.ts';
import type { SenderFlow } from '../../sender-flow.ts';
import { day, dayAndClock } from '../../words.ts';
import { standing, steps } from './steps.ts';
import { t, type Key } from './texts.ts';

export function timelinePage(flow: SenderFlow): Page {
  const timeline = flow.timeline!;
  const { recipients } = timeline;
  const again = el('button', { type: 'button', class: 'button button-quiet' }, t('sender.again'));
  again.addEventListener('click', () => void busy(again, () => flow.refresh()));
  const { extends_to } = timeline;
  const extend = extends_to ? el('button', { type: 'button', class: 'button button-quiet' }, t('sender.extend', { date: day(new Date(extends_to)) })) : null;
  extend?.addEventListener('click', () => void busy(extend, () => flow.extend()));
  const open = recipients.filter((one) => one.can_be_withdrawn);
  return {
    title: t('sender.title'),
    content: [
      el(
        'div',
        { class: 'letter' },
        el('h1', {}, t('sender.h1')),
        rows(
          'facts',
          [t('landing.sent'), time(timeline.captured_at)],
          [t('landing.reference'), el('strong', { class: 'reference' }, timeline.reference)],
          [t('sender.asOf'), time(timeline.checked_at)],
        ),
        p(t('sender.means'), 'hint'),
        el('p', {}, again),
      ),
      takenBack(recipients),
      ...recipients.map((one) => course(flow, timeline, one)),
      el(
        'div',
        { class: 'actions' },
        extend,
        button(t('sender.evidence'), () => flow.evidence(), 'button button-quiet'),
        open.length > 1 ? button(t('sender.withdrawAll'), () => flow.askToWithdraw(null), 'button button-quiet') : null,
        button(t('sender.closeButton'), () => flow.close(), 'button button-quiet'),
      ),
      p(t('sender.evidenceMeans'), 'hint'),
    ],
  };
}

/** Said for as long as the page is there, not only in the moment after: a copy stays a copy. */
function takenBack(recipients: RecipientTimeline[]): HTMLElement | null {
  const withdrawn = recipients.filter(({ standing }) => standing === 'withdrawn');
  if (withdrawn.length === 0) return null;
  const opened = withdrawn.filter((one) => one.openings > 0);
  if (opened.length === 0) return el('div', { class: 'notice', role: 'status' }, p(t('sender.doneNobody')));
  return el(
    'div',
    { class: 'notice', role: 'status' },
    el('h2', {}, t('sender.doneTitle')),
    p(t('sender.doneOpened')),
    el('ul', {}, ...opened.map(({ address }) => el('li', {}, ...inParts(address)))),
  );
}

function course(flow: SenderFlow, timeline: Timeline, one: RecipientTimeline): HTMLElement {
  const heading = el('h2', {}, ...inParts(one.address));
  const why = WHY[one.standing];
  const section = el(
    'section',
    { class: 'course' },
    heading,
    el('p', { class: `standing standing-${one.standing}` }, standing(one)),
    why ? p(t(why)) : null,
    el('ol', { class: 'steps' }, ...steps(timeline, one).map(({ at, words, more }) => el('li', {}, el('span', { class: 'step-time' }, time(at)), el('span', {}, words, more ? el('span', { class: 'step-more' }, ...inParts(more.replace(/\bTLS (?=\d)/, 'TLS\u00a0'))) : null)))),
    ...reminder(flow, one),
    one.can_be_withdrawn && one.available_until ? p(t('sender.until', { date: time(one.available_until) }), 'hint') : null,
    one.can_be_withdrawn
      ? el('p', {}, el('button', { type: 'button', class: 'button button-quiet', 'aria-label': t('sender.withdrawFrom', { address: one.address }), click: () => flow.askToWithdraw(one) }, t('sender.withdraw')))
      : null,
  );
  return labelled(section, heading);
}

const WHY: Partial<Record<Standing, Key>> = {
  telling: 'sender.tellingWhy',
  failed: 'sender.failedWhy',
  disowned: 'sender.disownedWhy',
  'came-back': 'sender.cameBackWhy',
  stopped: 'sender.stoppedWhy',
  'passing-on': 'sender.copyWhy',
  'passed-on': 'sender.copyWhy',
};

/** The button that tells this recipient again, with what it does; or why there is none. */
function reminder(flow: SenderFlow, one: RecipientTimeline): (HTMLElement | null)[] {
  const way = one.can_be_reminded;
  if (way) {
    const words = way === 'mail' ? (['sender.remind', 'sender.remindWhom', 'sender.remindMeans'] as const) : (['sender.retry', 'sender.retryWhom', 'sender.retryMeans'] as const);
    const [label, whom, means] = words;
    const tell = el('button', { type: 'button', class: 'button button-quiet', 'aria-label': t(whom, { address: one.address }) }, t(label));
    tell.addEventListener('click', () => void busy(tell, () => flow.remind(one)));
    return [p(t(means), 'hint'), el('p', {}, tell)];
  }
  if (one.remind_again_at) return [p(t('sender.remindLater', { date: time(one.remind_again_at) }), 'hint')];
  const waits = one.standing === 'told' || one.standing === 'telling';
  return [waits && one.reminders_asked_at.length > 0 ? p(t('sender.remindedOften'), 'hint') : null];
}

const time = (at: string): string => dayAndClock(new Date(at));
