// After *Close message*. The message is gone from here at once; the server hears of it while this page stands.

import type { Page } from '../app.ts';
import { button, el, p } from '../dom.ts';
import { t } from '../texts.ts';

export function closedPage(signOut: () => Promise<void>): Page {
  const status = el('div', { role: 'status' });
  const attempt = async (): Promise<void> => {
    status.replaceChildren(p(t('closed.signingOut')));
    try {
      await signOut();
      status.replaceChildren(p(t('closed.signedOut')));
    } catch {
      status.replaceChildren(p(t('closed.failed'), 'notice'), el('p', {}, button(t('tryAgain'), () => void attempt())));
    }
  };
  void attempt();
  return {
    title: t('closed.title'),
    content: [el('div', { class: 'letter' }, el('h1', {}, t('closed.h1')), p(t('closed.lead')), status, p(t('closed.again')), p(t('closed.copies'), 'hint'))],
  };
}
