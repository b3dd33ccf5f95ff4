// The body: HTML in its frame, or plain text; the reader may switch between them.

import { button, el, p } from '../../dom.ts';
import type { Flow } from '../../flow.ts';
import type { Letter } from '../../format/view.ts';
import { mailFrame } from '../../frame.ts';
import { problemOf } from '../../app.ts';
import { t, tn } from '../../texts.ts';
import { InlinePictures } from './pictures.ts';

export interface Body {
  content: Node[];
  /** The parts that stand in it as pictures, by index. */
  pictures: Set<number>;
  /** Gives the body its height; to be called once it stands in the page. */
  fit(): void;
  /** Says who hears of a picture that did not come after all. */
  lost(hear: (index: number) => void): void;
  leave(): void;
}

export function body(flow: Flow, letter: Letter): Body {
  const { opened } = flow.app;
  const { styleNonce } = flow.app.shell;
  if (letter.html === null) return { content: [paper(letter.text ?? '', 'plain')], pictures: new Set(), fit: () => {}, lost: () => {}, leave: () => {} };

  const pictures = new InlinePictures(letter);
  const frame = mailFrame(letter.html, styleNonce, t('message.frame'), (id) => pictures.find(id));
  const sheet = el('div', { class: 'paper paper-html' }, frame.element);
  // In print the words always stand in for the frame, which no browser can break over pages.
  const words = paper(letter.text ?? frame.text, 'plain only-print');
  const toggle = button(t('message.plain'), () => {
    const formatted = words.classList.toggle('only-print');
    sheet.hidden = !formatted;
    toggle.textContent = t(formatted ? 'message.plain' : 'message.formatted');
  }, 'button button-link');
  let left = false;
  let hear: (index: number) => void = () => {};
  void pictures
    .fetchRest(
      (index) => flow.app.client.ask('part', { index }),
      (index, error) => {
        if (flow.heard(problemOf(error), opened) || left) return false;
        hear(index);
        return true;
      },
    )
    .then((fetched) => {
      if (fetched && !left) frame.redraw();
    });
  return {
    content: [
      el('div', { class: 'body-tools no-print' }, frame.remote > 0 ? p(tn('message.remote', frame.remote), 'hint') : null, toggle),
      sheet,
      words,
      p(t('message.printedPlain'), 'print-only hint'),
    ],
    pictures: pictures.inBody,
    fit: () => frame.fit(),
    lost: (listener) => (hear = listener),
    leave: () => {
      left = true;
      frame.clear();
    },
  };
}

/** Plain text on paper. Web addresses in it become links that show themselves in full. */
function paper(text: string, cls: string): HTMLElement {
  const element = el('div', { class: `paper ${cls}`, dir: 'auto' });
  if (!text.trim()) {
    element.append(el('p', { class: 'hint' }, t('message.empty')));
    return element;
  }
  let at = 0;
  for (const found of text.matchAll(/\bhttps?:\/\/[^\s<>"'()[\]{}]+[^\s<>"'()[\]{}.,;:!?]/g)) {
    element.append(text.slice(at, found.index), el('a', { href: found[0], target: '_blank', rel: 'noopener noreferrer' }, found[0]));
    at = found.index + found[0].length;
  }
  element.append(text.slice(at));
  return element;
}
