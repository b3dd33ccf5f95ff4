// For people whose program broke the link: the message key, typed or read aloud. FORMAT.md §4.

import { problemOf, type Page } from '../app.ts';
import { el, p } from '../dom.ts';
import { busy, field, form } from '../form.ts';
import type { Asking } from './asking.ts';
import { t } from '../texts.ts';

export function keyPage(flow: Asking): Page {
  const title = t('key.title');
  const { errors, element } = keyForm(flow, title);
  return {
    title,
    content: [errors, el('div', { class: 'letter' }, el('h1', {}, t('key.h1')), p(t('key.lead')), element, p(t('phoneUs', flow.app.who), 'hint'))],
  };
}

/** The field with its button; the page of a link that was not found shows it too. */
export function keyForm(flow: Asking, title: string): { errors: HTMLElement; element: HTMLFormElement } {
  const checks = form(flow.app, title);
  const input = el('textarea', { id: 'message-key', name: 'message-key', rows: 3, class: 'key-input', autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false' });
  const send = el('button', { type: 'submit', class: 'button button-main' }, t('key.button'));
  const element = el('form', { novalidate: true }, field(input, t('key.label'), t('key.hint')), el('p', { class: 'main-action' }, send));
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    void busy(send, async () => {
      if (!input.value.trim()) return checks.fails(input, t('key.empty'));
      try {
        await flow.startWithKey(input.value);
      } catch (error) {
        const problem = problemOf(error);
        if (problem.kind === 'bad-key') return checks.fails(input, t('key.wrong'));
        flow.fail(error);
      }
    });
  });
  return { errors: checks.summary, element };
}
