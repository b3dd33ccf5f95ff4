// A question that stands over the page. Escape answers it with the first answer, which must be the harmless one.

import { button, el, inParts } from './dom.ts';

interface Answer {
  label: string;
  act?: (click: Event) => void;
  main?: true;
}

export function question(title: string, words: string, harmless: Answer, other: Answer): HTMLDialogElement {
  const dialog = el('dialog', { class: 'dialog', 'aria-labelledby': 'question-title', 'aria-describedby': 'question-words' }, el('h2', { id: 'question-title' }, title), el('p', { id: 'question-words' }, ...inParts(words)));
  const answer = ({ label, act, main }: Answer) =>
    button(
      label,
      (click) => {
        dialog.close();
        act?.(click);
      },
      main ? 'button button-main' : 'button button-quiet',
    );
  dialog.append(el('div', { class: 'actions' }, answer(harmless), answer(other)));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
