// R2: "Check your email." One field for the code; no split boxes, nothing sent before the button is pressed.

import { problemOf, type Page } from '../app.ts';
import { announce, bullets, disclosure, el, p } from '../dom.ts';
import { busy, field, form } from '../form.ts';
import type { Asking } from './asking.ts';
import type { Problem } from '../problem.ts';
import { t, tn } from '../texts.ts';
import { clock } from '../words.ts';

/** What people paste and type: spaces, dots, dashes, full-width and other scripts' digits. Null when it has no 8 digits. */
export function readCode(typed: string): string | null {
  const digits = typed.normalize('NFKC').replace(/[\s.,\u00ad\u200b-\u200d\u2060\ufeff\u2010-\u2015\u2212\u30fc_-]/g, '');
  return /^[0-9]{8}$/.test(digits) ? digits : null;
}

export function codePage(flow: Asking): Page {
  const { app } = flow;
  const title = t('code.title');
  const checks = form(app, title);
  const asked = () => app.asked!;

  const sent = el('p', {});
  const saySent = () => {
    const { masked_address: address, requested_at, valid_minutes: minutes } = asked();
    sent.textContent = tn('code.sent', minutes, { address, time: clock(new Date(requested_at)) });
  };
  saySent();

  const input = el('input', { id: 'code', name: 'code', type: 'text', class: 'code-input', inputmode: 'numeric', autocomplete: 'one-time-code', autocapitalize: 'off', spellcheck: 'false', maxlength: 40 });
  const go = el('button', { type: 'submit', class: 'button button-main' }, t('code.button'));
  const element = el('form', { novalidate: true }, field(input, t('code.label'), t('code.hint')), el('p', { class: 'main-action' }, go));
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    void busy(go, async () => {
      const code = readCode(input.value);
      if (!code) return checks.fails(input, t(input.value.trim() ? 'code.shape' : 'code.empty'));
      announce(t('code.checking'));
      try {
        await flow.verify(code);
      } catch (error) {
        refused(problemOf(error), error);
      }
    });
  });

  const refused = (problem: Problem, error: unknown) => {
    input.select();
    if (problem.kind === 'wrong-code' && problem.triesLeft === 0) {
      offerAnother();
      return checks.fails(input, t('code.used'));
    }
    if (problem.kind === 'wrong-code') {
      return checks.fails(input, problem.triesLeft === undefined ? t('code.wrongPlain') : tn('code.wrong', problem.triesLeft));
    }
    if (problem.kind === 'malformed-code') return checks.fails(input, t('code.shape'));
    if (problem.kind === 'code-expired') {
      offerAnother();
      return checks.fails(input, t('code.expired'));
    }
    flow.fail(error, () => flow.showCode());
  };

  const resend = el('button', { type: 'button', class: 'button button-quiet' }, t('code.resend'));
  const wait = p('', 'hint');
  let readyAt = 0;
  const tick = () => {
    const seconds = Math.max(0, Math.ceil((readyAt - Date.now()) / 1_000));
    resend.toggleAttribute('hidden', seconds > 0);
    wait.textContent = seconds > 0 ? tn('code.resendIn', seconds) : t('code.resendNow');
  };
  const startWait = () => {
    readyAt = Date.parse(asked().requested_at) + asked().resend_after_seconds * 1_000;
    // A clock that is wrong by hours must not hide the button for hours.
    readyAt = Math.min(readyAt, Date.now() + asked().resend_after_seconds * 1_000);
    tick();
  };
  startWait();
  const timer = window.setInterval(tick, 1_000);
  resend.addEventListener('click', (click) =>
    busy(resend, async () => {
      try {
        await flow.askForCode(click);
        saySent();
        startWait();
        help.lastElementChild!.append(wait, resend);
        checks.clear();
        input.value = '';
        input.focus();
        announce(t('code.resent', { address: asked().masked_address, time: clock(new Date(asked().requested_at)) }));
      } catch (error) {
        const { kind, retryAt } = problemOf(error);
        if (kind === 'wait' && retryAt) {
          readyAt = Date.parse(retryAt);
          tick();
          return checks.fails(null, t('code.wait', { time: clock(new Date(retryAt)) }));
        }
        flow.fail(error, () => flow.showCode());
      }
    }),
  );

  const help = disclosure(
    t('code.none'),
    bullets(t('code.none1'), t('code.none2'), t('code.none3', { ...app.who, address: asked().masked_address })),
    wait,
    resend,
  );

  /** No typing helps any more: the button comes out of its corner. */
  const another = el('div', {});
  const offerAnother = () => another.append(wait, resend);

  return {
    title,
    content: [
      checks.summary,
      el('div', { class: 'letter' }, el('h1', {}, t('code.h1')), sent, element, another, p(t('code.worth'), 'hint')),
      help,
    ],
    leave: () => window.clearInterval(timer),
  };
}
