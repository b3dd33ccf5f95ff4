// "This is not for me" (PAGES R1): closes the link for whoever has it, and tells the sender. Asked about once, and for a
// person's press only: programs that try links must not take a message away from its reader.

import { problemOf } from '../app.ts';
import { disclosure, el, p } from '../dom.ts';
import { question } from '../dialog.ts';
import { busy } from '../form.ts';
import type { Flow } from '../flow.ts';
import { Failed } from '../problem.ts';
import { t } from '../texts.ts';

/** The panel, closed by default. */
export function notForMe(flow: Flow): HTMLElement {
  const { who } = flow.app;
  const close = el('button', { type: 'button', class: 'button button-quiet' }, t('notMe.button'));
  close.addEventListener('click', (click) => {
    if (!click.isTrusted) return flow.fail(new Failed('by-program'), () => flow.stay());
    confirmNotForMe(flow, close);
  });
  const lead = t(flow.app.opened ? 'notMe.lead' : 'landing.notMe1');
  return disclosure(t('landing.notMe'), p(lead), el('p', {}, close), p(t('landing.notMe2', who), 'hint'));
}

/** `close` is busy until it is known what came of it. */
export function confirmNotForMe(flow: Flow, close: HTMLButtonElement): void {
  const yes = (click: Event) =>
    void busy(close, async () => {
      try {
        await flow.disown(click);
      } catch (error) {
        const { kind } = problemOf(error);
        // What became of the link in the meantime has its own page; all else may pass.
        flow.fail(error, kind === 'expired' || kind === 'withdrawn' ? undefined : () => flow.stay());
      }
    });
  flow.asks(question(t('notMe.title'), t('notMe.ask'), { label: t('notMe.back'), main: true }, { label: t('notMe.yes'), act: yes }));
}
