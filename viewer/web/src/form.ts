// A form whose errors are said twice: in a summary above, which takes focus, and beside the field.

import type { App } from './app.ts';
import { el } from './dom.ts';
import { t } from './texts.ts';

type Field = HTMLInputElement | HTMLTextAreaElement;

export interface Form {
  /** Stands above the h1, empty while all is well. */
  summary: HTMLElement;
  /** Says what is wrong. `field` is null for a failure that no field can mend. */
  fails(field: Field | null, message: string): void;
  clear(): void;
}

export function form(app: App, title: string): Form {
  const summary = el('div', { class: 'error-slot' });
  let marked: Field | null = null;
  const clear = () => {
    summary.replaceChildren();
    if (marked) {
      marked.removeAttribute('aria-invalid');
      marked.closest('.field')?.classList.remove('field-wrong');
      const message = document.getElementById(`${marked.id}-error`);
      if (message) message.textContent = '';
      marked = null;
    }
    app.title(title);
  };
  return {
    summary,
    clear,
    fails(field, message) {
      clear();
      app.title(title, true);
      if (field) {
        marked = field;
        field.setAttribute('aria-invalid', 'true');
        field.closest('.field')?.classList.add('field-wrong');
        const place = document.getElementById(`${field.id}-error`)!;
        place.textContent = `${t('error.prefix')}${message}`;
        app.set(place);
      }
      // A link by look and role; it must not touch the fragment, where the link secret stands.
      const told = field
        ? el('a', { href: `#${field.id}`, click: (event) => (event.preventDefault(), field.focus()) }, message)
        : message;
      const box = el(
        'div',
        { class: 'error-summary', role: 'alert', tabindex: -1, 'aria-labelledby': 'error-title' },
        el('h2', { id: 'error-title' }, t('error.summary')),
        el('p', {}, told),
      );
      app.set(box);
      summary.replaceChildren(box);
      box.focus();
    },
  };
}

/** Label, hint, place for an error, and the field itself, tied together. */
export function field(control: Field, label: string, hint?: string): HTMLElement {
  const { id } = control;
  control.setAttribute('aria-describedby', [hint ? `${id}-hint` : '', `${id}-error`].join(' ').trim());
  return el(
    'div',
    { class: 'field' },
    el('label', { for: id }, label),
    hint ? el('p', { class: 'hint', id: `${id}-hint` }, hint) : null,
    el('p', { class: 'field-error', id: `${id}-error` }),
    control,
  );
}

/** Runs `work` with the button marked as busy: it keeps focus and its name, and a second press does nothing. */
export async function busy(control: HTMLButtonElement, work: () => Promise<void>): Promise<void> {
  if (control.getAttribute('aria-disabled') === 'true') return;
  control.setAttribute('aria-disabled', 'true');
  control.classList.add('busy');
  try {
    await work();
  } finally {
    control.removeAttribute('aria-disabled');
    control.classList.remove('busy');
  }
}
