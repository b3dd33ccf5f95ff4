// A code was sent a moment ago. Where this browser did not ask for it, it works only where somebody did.

import type { Page } from '../app.ts';
import { announce, el, p } from '../dom.ts';
import { busy } from '../form.ts';
import type { Asking } from './asking.ts';
import type { Problem } from '../problem.ts';
import { t } from '../texts.ts';
import { clock } from '../words.ts';

/** A clock that is wrong by hours must not hold the button for hours. */
const LONGEST = 60_000;

export function waitPage(flow: Asking, problem: Problem): Page {
  const at = problem.retryAt ? Date.parse(problem.retryAt) : Date.now() + LONGEST;
  const readyAt = Math.min(at, Date.now() + LONGEST);
  const ask = el('button', { type: 'button', class: 'button button-main' }, t('landing.button'));
  ask.addEventListener('click', (click) =>
    busy(ask, async () => {
      try {
        await flow.askForCode(click);
        flow.showCode();
      } catch (error) {
        flow.fail(error, () => flow.app.show(() => waitPage(flow, problem)));
      }
    }),
  );
  const look = () => {
    const early = Date.now() < readyAt;
    if (ask.disabled && !early) announce(t('code.resendNow'));
    ask.disabled = early;
  };
  look();
  const timer = window.setInterval(look, 1_000);
  return {
    title: t('wait.title'),
    content: [
      el(
        'div',
        { class: 'letter' },
        el('h1', {}, t('wait.h1')),
        p(t(flow.app.asked ? 'wait.here' : 'wait.elsewhere')),
        p(t('wait.lead', { time: clock(new Date(at)) })),
        el('p', { class: 'main-action' }, ask),
      ),
    ],
    leave: () => window.clearInterval(timer),
  };
}
