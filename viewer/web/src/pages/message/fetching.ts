// What is on its way to the reader: words for it, a bar, and a button that gives it up.

import { problemOf } from '../../app.ts';
import { announce, button, el } from '../../dom.ts';
import type { Flow } from '../../flow.ts';
import type { Problem } from '../../problem.ts';
import type { Progress } from '../../protocol.ts';
import { t } from '../../texts.ts';
import { dayAndClock, size } from '../../words.ts';

export interface Fetching {
  element: HTMLElement;
  /** Fetches something; `done` is what is said afterwards. */
  run<T>(fetch: (progress: (progress: Progress) => void, cancelled: AbortSignal) => Promise<T>, use: (answer: T) => string): Promise<void>;
}

export interface About {
  /** What the reader calls it. */
  name: string;
  /** The reader is on another page: nothing is said any more. */
  left(): boolean;
}

export function fetching(flow: Flow, { name, left }: About): Fetching {
  const { opened } = flow.app;
  const status = el('p', { class: 'file-status hint', hidden: true });
  const bar = el('progress', { class: 'bar', max: 1, value: 0, 'aria-label': t('message.fetching', { name }) });
  let controller: AbortController | null = null;
  const cancel = button(t('message.cancel'), () => controller?.abort(), 'button button-small');
  cancel.setAttribute('aria-label', t('message.cancelling', { name }));
  const onItsWay = el('div', { class: 'file-fetching', hidden: true }, bar, cancel);

  const run: Fetching['run'] = async (fetch, use) => {
    const mine = (controller = new AbortController());
    const asked = document.activeElement;
    status.hidden = onItsWay.hidden = false;
    bar.value = 0;
    const doing = t('message.fetching', { name });
    status.textContent = doing;
    announce(doing);
    try {
      const answer = await fetch(({ done, total }) => {
        bar.value = total > 0 ? done / total : 1;
        status.textContent = `${doing} ${t('message.percent', { percent: Math.floor(bar.value * 100), size: size(total) })}`;
      }, mine.signal);
      status.textContent = use(answer);
    } catch (error) {
      const problem = problemOf(error);
      if (problem.kind !== 'cancelled' && flow.heard(problem, opened)) return;
      status.textContent = failed(problem, name, bar.value > 0);
    } finally {
      // The button that takes itself away must not take the focus with it.
      if (document.activeElement === cancel && asked instanceof HTMLElement) asked.focus();
      onItsWay.hidden = true;
      controller = null;
    }
    if (!left()) announce(status.textContent ?? '');
  };
  return { element: el('div', { class: 'file-progress no-print' }, status, onItsWay), run };
}

/** Whose fault it was, and what to do. `begun`: some of it has arrived, and stays. */
function failed({ kind, retryAt }: Problem, name: string, begun: boolean): string {
  if (kind === 'cancelled') return t('message.cancelled');
  if (kind === 'unreadable-part') return t('message.partFailed', { name });
  if (kind === 'offline') return t(begun ? 'message.partResumes' : 'message.partOffline', { name });
  const kept = begun ? [t('message.partKept')] : [];
  if (kind !== 'slow-down') return [t('message.partServer', { name }), ...kept].join(' ');
  const when = retryAt ? t('tooMany.when', { date: dayAndClock(new Date(retryAt)) }) : t('slowDown.later');
  return [t('message.partSlowDown', { name }), ...kept, when].join(' ');
}
