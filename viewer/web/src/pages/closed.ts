// After *Close message*.

import type { Page } from '../app.ts';
import { el, p } from '../dom.ts';
import type { Flow } from '../flow.ts';
import { t } from '../texts.ts';

export function closedPage(_flow: Flow): Page {
  return {
    title: t('closed.title'),
    content: [el('div', { class: 'letter' }, el('h1', {}, t('closed.h1')), p(t('closed.lead')), p(t('closed.again')), p(t('closed.copies'), 'hint'))],
  };
}
