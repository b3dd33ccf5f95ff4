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

/** A description list; rows without a value are left out. */
export function rows(cls: string, ...pairs: [string, Child][]): HTMLDListElement {
  const list = el('dl', { class: cls });
  for (const [term, value] of pairs) {
    if (value) list.append(el('div', {}, el('dt', {}, term), el('dd', {}, value)));
  }
  return list;
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
