// "What became of your message", before the code. Loading it asked for nothing; its button is what sends a code.

import { problemOf, type Page } from '../../app.ts';
import { announce, bullets, disclosure, el, p, rows } from '../../dom.ts';
import { busy } from '../../form.ts';
import type { SenderFlow } from '../../sender-flow.ts';
import { t } from './texts.ts';
import { day } from '../../words.ts';

export function senderLandingPage(flow: SenderFlow): Page {
  const { app } = flow;
  const summary = app.summary!;
  const ask = el('button', { type: 'button', class: 'button button-main' }, t('landing.button'));
  ask.addEventListener('click', (click) =>
    busy(ask, async () => {
      announce(t('landing.asking'));
      try {
        await flow.askForCode(click);
        flow.showCode();
      } catch (error) {
        if (problemOf(error).kind === 'wait' && app.asked) return flow.showCode();
        flow.fail(error, () => app.show(() => senderLandingPage(flow)));
      }
    }),
  );
  return {
    title: t('sender.title'),
    content: [
      el(
        'div',
        { class: 'letter' },
        el('h1', {}, t('sender.h1')),
        rows(
          'facts',
          [t('landing.sent'), day(new Date(summary.captured_at))],
          [t('landing.reference'), el('span', {}, el('strong', { class: 'reference' }, summary.reference), ' ', el('span', { class: 'hint' }, t('landing.referenceHint')))],
        ),
        p(t(summary.can_be_withdrawn ? 'sender.lead' : 'sender.leadOver')),
        el('p', { class: 'main-action' }, ask),
        p(t('landing.to', { address: summary.masked_address }), 'hint'),
      ),
      disclosure(
        t('landing.genuine'),
        bullets(t('landing.genuine1', { origin: location.origin }), t('landing.genuine2'), t('landing.genuine3', app.who), t('landing.genuine4')),
      ),
    ],
  };
}

/** Until the summary is here. */
export function checkingPage(): Page {
  return {
    title: t('sender.title'),
    content: [el('div', { class: 'letter' }, el('h1', {}, t('sender.h1')), el('p', { class: 'working', role: 'status' }, t('landing.checking')))],
  };
}
