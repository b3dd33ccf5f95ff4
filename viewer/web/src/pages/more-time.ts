// "Ask for more time" (PAGES R8): before the end it asks the sender to extend, after it to send again. The server takes
// one such wish a day.

import { problemOf } from '../app.ts';
import { el, p } from '../dom.ts';
import { busy } from '../form.ts';
import type { Wishing } from './asking.ts';
import { t, type Key } from '../texts.ts';
import { dayAndClock } from '../words.ts';

const WEEK = 7 * 86_400_000;

/** Whether so little of a message's time is left that a reader may want more: less than a third, or less than a week. */
export function isShort(captured: number, expires: number, now: number): boolean {
  const left = expires - now;
  return left < WEEK || left * 3 < expires - captured;
}

/** A button, and in its place what came of it. */
export function moreTime(flow: Wishing, label: Key): HTMLElement {
  const { app } = flow;
  const ask = el('button', { type: 'button', class: 'button button-quiet' }, t(label));
  const status = el('div', { role: 'status' });
  const place = el('div', { class: 'more-time' }, el('p', {}, ask), status);
  const settled = (words: string) => {
    // Whoever pressed by keyboard goes on from here, not from the top of the page.
    const had = document.activeElement === ask;
    ask.parentElement?.remove();
    status.replaceChildren(p(words));
    app.set(status);
    if (!had) return;
    status.tabIndex = -1;
    status.focus();
  };
  if (app.askedMoreTime) settled(t('time.asked', app.who));
  ask.addEventListener('click', (click) =>
    busy(ask, async () => {
      status.replaceChildren(p(t('time.asking')));
      try {
        await flow.askMoreTime(click);
        settled(t('time.asked', app.who));
      } catch (error) {
        const { kind, retryAt } = problemOf(error);
        if (kind === 'asked-already') return settled(retryAt ? t('time.already', { date: dayAndClock(new Date(retryAt)) }) : t('time.alreadyPlain'));
        if (kind === 'offline' || kind === 'server' || kind === 'slow-down') return status.replaceChildren(p(t('time.failed'), 'notice'));
        flow.fail(error, () => flow.stay());
      }
    }),
  );
  return place;
}
