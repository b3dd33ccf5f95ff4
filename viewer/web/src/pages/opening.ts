// R3: opening. Steps in words; a bar only where there is something to wait for.

import type { Page } from '../app.ts';
import { el, p } from '../dom.ts';
import type { Flow } from '../flow.ts';
import type { Progress } from '../protocol.ts';
import { t } from '../texts.ts';

const BAR_ABOVE = 2_000_000;

export function openingPage(_flow: Flow): { page: Page; progress: (progress: Progress) => void } {
  const status = el('p', { class: 'working', role: 'status' }, t('opening.fetching'));
  const bar = el('progress', { class: 'bar', max: 1, value: 0, hidden: true, 'aria-label': t('opening.bar') });
  return {
    page: {
      title: t('opening.title'),
      passing: true,
      content: [el('div', { class: 'letter' }, el('h1', {}, t('opening.h1')), status, bar, p(t('opening.note'), 'hint'))],
    },
    progress: ({ done, total }) => {
      bar.hidden = total < BAR_ABOVE;
      bar.value = total > 0 ? done / total : 0;
      if (done >= total) status.textContent = t('opening.opening');
    },
  };
}
