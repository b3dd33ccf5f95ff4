// After *Close message*. The message is gone from here at once; the server hears of it while this page stands.

import type { Page } from '../app.ts';
import { button, el, p } from '../dom.ts';
import { t, type Key } from '../texts.ts';

interface Words {
  title: Key;
  h1: Key;
  lead: Key;
  again: Key;
  /** What may be left on the device. */
  copies?: Key;
}

const MESSAGE: Words = { title: 'closed.title', h1: 'closed.h1', lead: 'closed.lead', again: 'closed.again', copies: 'closed.copies' };

export function closedPage(signOut: () => Promise<void>, words = MESSAGE): Page {
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
    title: t(words.title),
    content: [el('div', { class: 'letter' }, el('h1', {}, t(words.h1)), p(t(words.lead)), status, p(t(words.again)), words.copies ? p(t(words.copies), 'hint') : null)],
  };
}
