// The body: HTML in its frame, or plain text; the reader may switch between them.

import { button, el, p } from '../../dom.ts';
import type { Flow } from '../../flow.ts';
import type { View } from '../../format/view.ts';
import { toBase64 } from '../../format/bytes.ts';
import { mailFrame } from '../../frame.ts';
import { problemOf } from '../../app.ts';
import { t, tn } from '../../texts.ts';
import { shownAs } from '../../words.ts';

/** Pictures of the message above this size are left to *Download*: a data: URL of them would stall a phone. */
const INLINE_LIMIT = 8_000_000;

export interface Body {
  content: Node[];
  leave(): void;
}

export function body(flow: Flow): Body {
  const { view } = flow.app.opened!;
  const { styleNonce } = flow.app.shell;
  if (view.html === null) return { content: [paper(view.text ?? '', 'plain')], leave: () => {} };

  const pictures = new InlinePictures(view);
  const frame = mailFrame(view.html, styleNonce, t('message.frame'), (id) => pictures.find(id));
  const sheet = el('div', { class: 'paper paper-html' }, frame.element);
  // In print the words always stand in for the frame, which no browser can break over pages.
  const words = paper(view.text ?? frame.text, 'plain only-print');
  const toggle = button(t('message.plain'), () => {
    const formatted = words.classList.toggle('only-print');
    sheet.hidden = !formatted;
    toggle.textContent = t(formatted ? 'message.plain' : 'message.formatted');
  }, 'button button-link');
  let left = false;
  void pictures.fetchRest(flow).then((fetched) => {
    if (fetched && !left) frame.redraw();
  });
  return {
    content: [
      el('div', { class: 'body-tools no-print' }, frame.remote > 0 ? p(tn('message.remote', frame.remote), 'hint') : null, toggle),
      sheet,
      words,
      p(t('message.printedPlain'), 'print-only hint'),
    ],
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

/** The parts that stand in the body as pictures, by index. */
export function picturesInBody(view: View): Set<number> {
  const shown = new Set<number>();
  if (view.html === null) return shown;
  let toFetch = 0;
  view.parts.forEach((part, index) => {
    if (!part.content_id || shownAs(part.type) !== 'picture') return;
    if (part.data !== null) shown.add(index);
    else if (part.inline && (toFetch += part.size) <= INLINE_LIMIT) shown.add(index);
  });
  return shown;
}

/** Pictures that the HTML names by content id: the small ones came with the view, the others are fetched after it. */
class InlinePictures {
  private readonly byId = new Map<string, string>();
  private readonly missing: { id: string; index: number; type: string }[] = [];

  constructor(view: View) {
    for (const index of picturesInBody(view)) {
      const { content_id, type, data } = view.parts[index]!;
      if (data === null) this.missing.push({ id: content_id!, index, type });
      else if (/^[A-Za-z0-9+/]*={0,2}$/.test(data)) this.byId.set(content_id!, `data:${type};base64,${data}`);
    }
  }

  find(contentId: string): string | null {
    return this.byId.get(contentId) ?? null;
  }

  async fetchRest(flow: Flow): Promise<boolean> {
    let any = false;
    for (const { id, index, type } of this.missing) {
      try {
        const octets = new Uint8Array(await flow.app.client.ask('part', { index }));
        this.byId.set(id, `data:${type};base64,${toBase64(octets)}`);
        any = true;
      } catch (error) {
        if (flow.heard(problemOf(error))) return false;
      }
    }
    return any;
  }
}
