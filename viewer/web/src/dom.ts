// Builds elements from values, never from text that could hold markup.

type Child = Node | string | null | undefined | false;

interface Given {
  class?: string | undefined;
  /** Attributes, as written. An empty string sets a bare attribute; null, undefined and false set none. */
  [attribute: string]: string | number | boolean | null | undefined | ((event: Event) => void);
}

export function el<K extends keyof HTMLElementTagNameMap>(name: K, given: Given = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(given)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null && child !== undefined && child !== false));
  return element;
}

export const p = (text: string, cls?: string) => el('p', { class: cls }, text);

export const button = (label: string, click: (click: Event) => void, cls = 'button') => el('button', { type: 'button', class: cls, click }, label);

export const bullets = (...items: Child[]) => el('ul', {}, ...items.filter(Boolean).map((item) => el('li', {}, item)));

export const disclosure = (summary: string, ...children: Child[]) =>
  el('details', { class: 'disclosure' }, el('summary', {}, el('span', {}, summary)), el('div', { class: 'disclosure-body' }, ...children));

/** An address, or a name of several parts, ends its lines behind a part where it can, and elsewhere only where it must. */
export const inParts = (text: string): Node[] => (text.match(/[^@._]*[@._]|[^@._]+$/g) ?? []).flatMap((part) => [document.createTextNode(part), el('wbr')]).slice(0, -1);

/** A description list; rows without a value are left out. */
export function rows(cls: string, ...pairs: [string, Child][]): HTMLDListElement {
  const list = el('dl', { class: cls });
  for (const [term, value] of pairs) {
    if (value) list.append(el('div', {}, el('dt', {}, term), el('dd', {}, value)));
  }
  return list;
}

/** A number and what it counts ("38 MB", "3 December"), and short words before a hyphen ("e-bost"). */
const PAIRS = /\b\d{1,3}(?:\.\d+)? \p{L}+|\b\p{L}{1,3}-\p{L}+/gu;

/** A help line that a phone can call, if it is one number. */
export const phoneLink = ({ phone, tel }: { phone: string; tel: string }): HTMLElement | null => (tel ? el('a', { class: 'together', href: `tel:${tel}` }, phone) : null);

/** In our own text no line ends inside of pairs, nor where these words stand: people read them out. The help line can be called. */
export function together(root: HTMLElement, words: (string | number | undefined)[], line = { phone: '', tel: '' }): void {
  const whole = words.map(String).filter((word) => /\S[ -]\S/.test(word));
  if (line.phone && !whole.includes(line.phone) && (line.tel || /\S[ -]\S/.test(line.phone))) whole.push(line.phone);
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found: [text: Text, at: number, length: number, cls: string][] = [];
  while (texts.nextNode()) {
    const text = texts.currentNode as Text;
    // What the sender wrote is left as it is.
    if (text.parentElement?.closest('.paper, .subject, textarea')) continue;
    const here = found.length;
    for (const word of whole) for (let at = text.data.lastIndexOf(word); at >= 0; at = at > 0 ? text.data.lastIndexOf(word, at - 1) : -1) found.push([text, at, word.length, 'together']);
    // A button lays its own text out as boxes in a row.
    if (text.parentElement?.closest('button, .button')) continue;
    const taken = found.slice(here);
    for (const { 0: pair, index } of text.data.matchAll(PAIRS)) {
      if (taken.every(([, at, length]) => index >= at + length || index + pair.length <= at)) found.push([text, index, pair.length, 'pair']);
    }
  }
  // From the end of each text to its beginning, so that places before stay where they are.
  for (const [text, at, length, cls] of found.sort(([, a], [, b]) => b - a)) {
    const rest = text.splitText(at);
    rest.splitText(length);
    const link = rest.data === line.phone && !rest.parentElement?.closest('a, button, label, summary') ? phoneLink(line) : null;
    rest.replaceWith(link ?? el('span', { class: cls }, rest.data));
  }
}

let labels = 0;

/** Names an element by one inside it; several of a kind may stand on one page. */
export function labelled<E extends HTMLElement>(element: E, by: HTMLElement): E {
  by.id ||= `label-${++labels}`;
  element.setAttribute('aria-labelledby', by.id);
  return element;
}

let status: HTMLElement | undefined;

/** Says something to screen readers without moving anything. */
export function announce(text: string): void {
  if (!status) {
    status = el('div', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });
    document.body.append(status);
  }
  status.textContent = text;
}
