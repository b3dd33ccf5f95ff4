// R3 and R8: what happened, what was not lost, what to do next. One page per problem; damage has one page for all its
// causes (PROMISES K2).

import type { App, Page } from '../app.ts';
import { button, el, p } from '../dom.ts';
import { canTell, canWish, type Asking } from './asking.ts';
import type { Problem } from '../problem.ts';
import { t, type Key } from '../texts.ts';
import { dayAndClock } from '../words.ts';
import { keyForm } from './key.ts';
import { moreTime } from './more-time.ts';
import { waitPage } from './wait.ts';

export function problemPage(flow: Asking, problem: Problem, again?: () => void | Promise<void>): Page {
  const { app } = flow;
  const who = app.who;
  const page = (title: Key, h1: Key, ...words: (Node | null)[]): Page => ({
    title: t(title),
    content: [el('div', { class: 'letter' }, el('h1', {}, t(h1)), ...words)],
  });
  const retry = again
    ? el('p', { class: 'main-action' }, button(t('tryAgain'), () => void again(), 'button button-main'))
    : el('p', { class: 'main-action' }, button(t('tryAgain'), () => location.reload(), 'button button-main'));

  switch (problem.kind) {
    case 'damaged':
      return page('damaged.title', 'damaged.h1', p(t('damaged.lead')), damageTold(flow), p(t('damaged.next', who)), written(app));
    case 'expired': {
      const until = app.summary?.expires_at;
      const lead = until ? t('expired.lead', { date: dayAndClock(new Date(until)) }) : t('expired.leadNoDate');
      return page('expired.title', 'expired.h1', p(lead), p(t('expired.next', who)), canWish(flow) ? moreTime(flow, 'time.again') : null, written(app));
    }
    case 'disowned':
      return page('disowned.title', 'disowned.h1', p(t('disowned.lead')), p(t('disowned.next', who)));
    case 'withdrawn':
      return page('withdrawn.title', 'withdrawn.h1', p(t('withdrawn.lead')), p(t('withdrawn.next', who)), written(app));
    case 'too-many-codes':
    case 'too-many-tries':
      return page(
        'tooMany.title',
        'tooMany.h1',
        p(t(problem.kind === 'too-many-tries' ? 'tooMany.guesses' : 'tooMany.codes')),
        p(problem.retryAt ? t('tooMany.when', { date: dayAndClock(new Date(problem.retryAt)) }) : t('tooMany.later')),
        p(t('tooMany.next', who)),
      );
    case 'too-many-replies':
      return page('tooMany.title', 'tooMany.h1', p(t('reply.tooManyReplies')), p(t('tooMany.later')));
    case 'slow-down':
      return page('slowDown.title', 'slowDown.h1', p(t('slowDown.lead')), p(problem.retryAt ? t('tooMany.when', { date: dayAndClock(new Date(problem.retryAt)) }) : t('slowDown.later')), retry);
    case 'wait':
      return waitPage(flow, problem);
    case 'no-cookies':
      return page('noCookies.title', 'noCookies.h1', p(t('noCookies.lead')), p(t('phoneUs', who), 'hint'));
    case 'by-program':
      return page('byProgram.title', 'byProgram.h1', p(t('byProgram.lead')), retry, p(t('phoneUs', who), 'hint'));
    // No message key can mend it.
    case 'bad-handle':
      return page('notFound.title', 'notFound.h1', p(t('notFound.lead')), p(t('notFound.link')), p(t('phoneUs', who), 'hint'));
    case 'offline':
      return page('offline.title', 'offline.h1', p(t('offline.lead')), retry);
    case 'unsupported':
      return page('unsupported.title', 'unsupported.h1', p(t('unsupported.lead')), p(t('unsupported.next', who)));
    case 'not-found':
    case 'bad-link':
    case 'bad-key': {
      const { errors, element } = keyForm(flow, t('notFound.title'));
      return {
        title: t('notFound.title'),
        content: [errors, el('div', { class: 'letter' }, el('h1', {}, t('notFound.h1')), p(t('notFound.lead')), p(t('notFound.next')), element, p(t('phoneUs', who), 'hint'))],
      };
    }
    default:
      return page('server.title', 'server.h1', p(t('server.lead')), retry, p(t('server.next', who)));
  }
}

/** A reply that was being written, which can be sent no more: its reader may still want the words. */
function written({ draft }: App): HTMLElement | null {
  if (draft.text.trim() === '') return null;
  const text = el('textarea', { id: 'written', rows: 10, dir: 'auto', readonly: true, 'aria-describedby': 'written-hint' });
  text.value = draft.text;
  return el('div', { class: 'field' }, el('label', { class: 'label', for: 'written' }, t('left.label')), el('p', { class: 'hint', id: 'written-hint' }, t('left.hint')), text);
}

/** Says so once the sender is told. Where that fails, the page's other words say what to do. */
function damageTold(flow: Asking): HTMLElement {
  const status = el('div', { role: 'status' });
  if (canTell(flow)) flow.toldDamage?.then(() => status.replaceChildren(p(t('damaged.told'))), () => {});
  return status;
}

/** Shown before there is a worker, so it needs no flow. */
export function tooOldPage(who: { organisation: string; phone: string }, missing: string[]): Page {
  return {
    title: t('unsupported.title'),
    content: [
      el(
        'div',
        { class: 'letter' },
        el('h1', {}, t('unsupported.h1')),
        p(t('unsupported.lead')),
        p(t('unsupported.missing', { missing: missing.join(', ') })),
        p(t('unsupported.next', who)),
      ),
    ],
  };
}
