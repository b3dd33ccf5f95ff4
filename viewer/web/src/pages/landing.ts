// R1: "You have a secure message." Loading it asked for nothing; its button is what sends a code.

import { problemOf, type Page } from '../app.ts';
import { announce, bullets, disclosure, el, p, rows } from '../dom.ts';
import { busy } from '../form.ts';
import type { Flow } from '../flow.ts';
import { t } from '../texts.ts';
import { notForMe } from './not-for-me.ts';
import { day } from '../words.ts';

export function landingPage(flow: Flow): Page {
  const { app } = flow;
  const summary = app.summary!;
  const who = app.who;
  const main = el('button', { type: 'button', class: 'button button-main' }, t('landing.button'));
  main.addEventListener('click', (click) =>
    busy(main, async () => {
      announce(t('landing.asking'));
      try {
        await flow.askForCode(click);
        flow.showCode();
      } catch (error) {
        const problem = problemOf(error);
        // A code is on its way already: the page that takes it is the right one.
        if (problem.kind === 'wait' && app.asked) return flow.showCode();
        flow.fail(error, () => app.show(() => landingPage(flow)));
      }
    }),
  );
  return {
    title: t('landing.title'),
    content: [
      el(
        'div',
        { class: 'letter' },
        el('h1', {}, t('landing.h1')),
        rows(
          'facts',
          [t('landing.from'), String(who.organisation)],
          [t('landing.sent'), day(new Date(summary.captured_at))],
          [t('landing.until'), day(new Date(summary.expires_at))],
          [t('landing.reference'), el('span', {}, el('strong', { class: 'reference' }, summary.reference), ' ', el('span', { class: 'hint' }, t('landing.referenceHint')))],
        ),
        app.exposed ? el('p', { class: 'notice' }, t('landing.exposed', who)) : null,
        p(t('landing.lead')),
        el('p', { class: 'main-action' }, main),
        p(t('landing.to', { address: summary.masked_address }), 'hint'),
      ),
      disclosure(
        t('landing.genuine'),
        bullets(t('landing.genuine1', { origin: location.origin }), t('landing.genuine2'), t('landing.genuine3', who), t('landing.genuine4')),
      ),
      notForMe(flow),
      disclosure(t('landing.formats'), p(t('landing.formats1', who))),
    ],
  };
}

/** Until the summary is here. */
export function checkingPage(): Page {
  return {
    title: t('landing.title'),
    content: [el('div', { class: 'letter' }, el('h1', {}, t('landing.h1')), el('p', { class: 'working', role: 'status' }, t('landing.checking')))],
  };
}
