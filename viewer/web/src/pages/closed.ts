// After *Close message*. The message is gone from here at once; the server hears of it while this page stands.

import type { Page } from '../app.ts';
import { button, el, p } from '../dom.ts';
import { t } from '../texts.ts';

interface Words {
  title: string;
  h1: string;
  lead: string;
  again: string;
  /** What may be left on the device. */
  copies?: string;
}

const ofMessage = (): Words => ({ title: t('closed.title'), h1: t('closed.h1'), lead: t('closed.lead'), again: t('closed.again'), copies: t('closed.copies') });

export function closedPage(signOut: () => Promise<void>, words = ofMessage()): Page {
  const status = el('div', { role: 'status' });
  const attempt = async (): Promise<void> => {
    // The button goes that was pressed: whoever pressed it by keyboard goes on from here.
    const had = status.contains(document.activeElement) && document.activeElement !== status;
    status.replaceChildren(p(t('closed.signingOut')));
    if (had) {
      status.tabIndex = -1;
      status.focus();
    }
    try {
      await signOut();
      status.replaceChildren(p(t('closed.signedOut')));
    } catch {
      status.replaceChildren(p(t('closed.failed'), 'notice'), el('p', {}, button(t('tryAgain'), () => void attempt())));
    }
  };
  void attempt();
  return {
    title: words.title,
    content: [el('div', { class: 'letter' }, el('h1', {}, words.h1), p(words.lead), status, p(words.again), words.copies ? p(words.copies, 'hint') : null)],
  };
}
