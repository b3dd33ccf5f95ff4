// The files of a reply: chosen by button or dropped, listed with size and progress, removed again.

import type { Draft } from '../../app.ts';
import { announce, button, el } from '../../dom.ts';
import type { Progress } from '../../protocol.ts';
import { t, tn } from '../../texts.ts';
import { fileName } from '../../file-name.ts';
import { size } from '../../words.ts';

/** Files come from strangers too: a name must not turn the line round. */
const shown = (file: File): string => fileName(file.name, t('kind.unknown'));

export interface FileList {
  element: HTMLElement;
  input: HTMLInputElement;
  progress(progress: Progress): void;
  /** Nothing is added or removed any more. */
  lock(): void;
  leave(): void;
}

interface Row {
  element: HTMLElement;
  bar: HTMLProgressElement;
  status: HTMLElement;
  remove: HTMLButtonElement;
}

export interface Room {
  octets: number;
  files: number;
}

/** What of `added` there is room for beside `files`, and what would be too many or too large. */
export function fit<F extends { size: number }>(files: F[], added: F[], most: Room): { taken: F[]; tooMany: F[]; tooLarge: F[] } {
  let room = files.reduce((left, file) => left - file.size, most.octets);
  const fits = { taken: [] as F[], tooMany: [] as F[], tooLarge: [] as F[] };
  for (const file of added) {
    if (files.length + fits.taken.length >= most.files) fits.tooMany.push(file);
    else if (file.size > room) fits.tooLarge.push(file);
    else {
      room -= file.size;
      fits.taken.push(file);
    }
  }
  return fits;
}

/** `refused` hears the names of files for which there is no room: nothing of them is read. */
export function fileList(draft: Draft, most: Room, changed: () => void, refused: (tooMany: string[], tooLarge: string[]) => void): FileList {
  const list = el('ul', { class: 'files' });
  const input = el('input', { type: 'file', id: 'reply-files', multiple: true, class: 'file-input', 'aria-describedby': 'reply-files-error' });
  const label = el('label', { for: 'reply-files', class: 'button button-quiet' }, t('reply.add'));
  const zone = el('div', { class: 'drop field' }, input, label, el('span', { class: 'hint drop-hint' }, t('reply.drop')), el('p', { class: 'field-error', id: 'reply-files-error' }));
  let rows: Row[] = [];
  let locked = false;

  const draw = () => {
    rows = draft.files.map(row);
    list.replaceChildren(...rows.map((one) => one.element));
    list.hidden = rows.length === 0;
  };
  const add = (added: File[]) => {
    if (locked || added.length === 0) return;
    const { taken, tooMany, tooLarge } = fit(draft.files, added, most);
    if (taken.length > 0) {
      draft.files.push(...taken);
      changed();
      draw();
      announce(tn('reply.added', taken.length));
    }
    if (taken.length < added.length) refused(tooMany.map(shown), tooLarge.map(shown));
  };
  const row = (file: File, index: number): Row => {
    const name = shown(file);
    const remove = button(t('reply.remove'), () => {
      draft.files.splice(index, 1);
      changed();
      draw();
      announce(t('reply.removed', { name }));
      (rows[Math.min(index, rows.length - 1)]?.remove ?? input).focus();
    }, 'button button-small');
    remove.setAttribute('aria-label', t('reply.removing', { name }));
    const bar = el('progress', { class: 'bar', max: 1, value: 0, hidden: true, 'aria-label': t('reply.progress', { name }) });
    const status = el('span', { class: 'hint' });
    const element = el('li', { class: 'file' }, el('span', { class: 'file-name' }, `${name} (${size(file.size)})`), el('span', { class: 'file-tools' }, status, remove), bar);
    return { element, bar, status, remove };
  };

  input.addEventListener('change', () => {
    add(Array.from(input.files ?? []));
    // The same file can be chosen again after it was removed.
    input.value = '';
  });
  const over = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    zone.classList.toggle('drop-over', event.type === 'dragover');
  };
  const drop = (event: DragEvent) => {
    if (!event.dataTransfer) return;
    event.preventDefault();
    zone.classList.remove('drop-over');
    add(Array.from(event.dataTransfer.files));
  };
  // On the window: a file that misses the zone must not make the browser leave the page.
  window.addEventListener('dragover', over);
  window.addEventListener('dragleave', over);
  window.addEventListener('drop', drop);
  draw();

  return {
    element: el('div', {}, zone, list),
    input,
    progress({ step, file, done, total }) {
      const one = file === undefined ? undefined : rows[file];
      if (!one) return;
      one.bar.hidden = step === 'sent';
      // Sealing is the first, quicker part of the way.
      one.bar.value = total > 0 ? (step === 'sealing' ? 0.2 * (done / total) : 0.2 + 0.8 * (done / total)) : 1;
      one.status.textContent = t(step === 'sealing' ? 'reply.sealing' : step === 'sent' ? 'reply.sentFile' : 'reply.sending');
    },
    lock() {
      locked = input.disabled = true;
      for (const one of rows) one.remove.hidden = true;
    },
    leave() {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', over);
      window.removeEventListener('drop', drop);
    },
  };
}
