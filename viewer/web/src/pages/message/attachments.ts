// The attachments: what they are called, *View* for the few kinds that are safe to show, *Download* for all.

import { button, el, labelled, p } from '../../dom.ts';
import type { Flow } from '../../flow.ts';
import { busy } from '../../form.ts';
import type { Letter, Part } from '../../format/view.ts';
import { t } from '../../texts.ts';
import { fileName, toldApart } from '../../file-name.ts';
import { partNames, partTitle, shownAs, size } from '../../words.ts';
import { fetching, type Fetching } from './fetching.ts';
import { heading, nestedLetter, type Nested } from './nested.ts';
import { save } from './save.ts';
import { showPart } from './viewer.ts';

interface Attachment {
  part: Part;
  index: number;
  /** What the reader calls it, and what it is saved as. */
  stem: string;
  file: string;
}

export interface Attachments {
  content: Node;
  /** Lists one more: a picture that did not come into the body. */
  add(index: number): void;
  leave(): void;
}

/** All parts but those that stand in the body as pictures. */
export function attachments(flow: Flow, letter: Letter, inBody: Set<number>, level = 2): Attachments {
  const shelf: Shelf = { flow, left: false, closers: new Set(), level };
  const items: Item[] = [];
  const list = el('ul', { class: 'files' });
  const everything = el('button', { type: 'button', class: 'button button-quiet' }, t('message.downloadAll'));
  const hint = p('', 'hint');
  const job = fetching(flow, { name: t('message.allFiles'), left: () => shelf.left });
  everything.addEventListener('click', () => busy(everything, () => downloadAll(flow, items, job)));
  const all = el('div', { class: 'download-all no-print', hidden: true }, everything, hint, job.element);
  const title = heading(level, t('message.attachments'));
  const content = el(level === 2 ? 'section' : 'div', { class: 'attachments', hidden: true }, title, list, all);
  // One landmark of that name: those of an attached message stand in the message's own.
  if (level === 2) labelled(content, title);

  const add = (index: number) => {
    const part = letter.parts.find((one) => one.index === index)!;
    const n = items.length + 1;
    const one = item(shelf, { part, index, stem: partNames(part, n).stem, file: fileName(part.name, t('message.unnamed', { n })) }, n);
    items.push(one);
    list.append(one.element);
    content.hidden = false;
    all.hidden = items.length < 2;
    hint.textContent = t('message.zipHint', { size: size(items.reduce((sum, { attachment }) => sum + attachment.part.size, 0)) });
  };
  // A picture that stands in the body is not listed again.
  for (const { index, inline } of letter.parts) if (!inline || !inBody.has(index)) add(index);
  return {
    content,
    add,
    leave: () => {
      shelf.left = true;
      for (const close of [...shelf.closers]) close();
    },
  };
}

interface Item {
  element: HTMLElement;
  attachment: Attachment;
}

/** One ZIP archive, put together in the worker. */
function downloadAll(flow: Flow, items: Item[], job: Fetching): Promise<void> {
  const { opened } = flow.app;
  const names = toldApart(items.map(({ attachment }) => attachment.file));
  const entries = items.map(({ attachment }, n) => ({ index: attachment.index, name: names[n]! }));
  const file = t('message.zipName', { reference: String(flow.app.who.reference) });
  return job.run(
    (progress, cancelled) => flow.app.client.ask('archive', { entries }, progress, cancelled),
    ({ zip, unreadable }) => {
      if (flow.app.opened !== opened) return '';
      save(zip, file);
      const missing = items.filter(({ attachment }) => unreadable.includes(attachment.index)).map(({ attachment }) => attachment.stem);
      const saved = t('message.saved', { name: file });
      return missing.length > 0 ? `${saved} ${t('message.zipMissing', { names: missing.join(', ') })}` : saved;
    },
  );
}

/** What the attachments of one page share. */
interface Shelf {
  flow: Flow;
  left: boolean;
  /** Of the viewers that are open. */
  closers: Set<() => void>;
  /** Of the heading above them. */
  level: number;
}

function item(shelf: Shelf, attachment: Attachment, n: number): Item {
  const { flow, closers } = shelf;
  const { opened } = flow.app;
  const { part, index, stem, file } = attachment;
  /** The reader is on another page. */
  const left = () => shelf.left;
  /** The message was closed. A download goes on while the reader writes a reply, and no longer. */
  const gone = () => flow.app.opened !== opened;
  const job = fetching(flow, { name: stem, left });
  const fetched = (use: (octets: ArrayBuffer) => void, done: string, late: () => boolean): Promise<void> =>
    job.run(
      (progress, cancelled) => flow.app.client.ask('part', { index }, progress, cancelled),
      (octets) => {
        if (!late()) use(octets);
        return done;
      },
    );

  const download = () => fetched((octets) => save(octets, file), t('message.saved', { name: stem }), gone);
  const shown = shownAs(part.type);
  const view = () => fetched((octets) => showPart(octets, shown!, stem, file, closers), t('message.fetched', { name: stem }), left);

  const act = (label: string, name: string, work: () => Promise<void>) => {
    const control = el('button', { type: 'button', class: 'button button-small', 'aria-label': name }, label);
    control.addEventListener('click', () => void busy(control, work));
    return control;
  };
  const place = el('div', { class: 'nested-place' });
  const element = el(
    'li',
    { class: 'file' },
    el('span', { class: 'file-name' }, partTitle(part, n)),
    el(
      'span',
      { class: 'file-tools no-print' },
      part.message ? opener(shelf, part.message, stem, place) : null,
      shown ? act(t('message.view'), t('message.viewing', { name: stem }), view) : null,
      act(t('message.download'), t('message.downloading', { name: stem }), download),
    ),
    job.element,
    place,
  );
  return { element, attachment };
}

/** Opens an attached message below its name, and closes it again. It came with the view: nothing is fetched. */
function opener({ flow, closers, level }: Shelf, letter: Letter, stem: string, place: HTMLElement): HTMLButtonElement {
  let nested: Nested | null = null;
  const say = () => {
    control.textContent = t(nested ? 'close' : 'message.open');
    control.setAttribute('aria-label', t(nested ? 'message.closing' : 'message.opening', { name: stem }));
    control.setAttribute('aria-expanded', String(nested !== null));
  };
  const close = () => {
    nested?.leave();
    nested = null;
    closers.delete(close);
    say();
  };
  const control = button('', () => {
    if (nested) return close();
    nested = nestedLetter(flow, letter, level + 1);
    closers.add(close);
    place.append(nested.element);
    nested.fit();
    say();
  }, 'button button-small');
  say();
  return control;
}
