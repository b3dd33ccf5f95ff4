// The attachments: what they are called, *View* for the few kinds that are safe to show, *Download* for all.

import { problemOf } from '../../app.ts';
import { announce, el, p } from '../../dom.ts';
import type { Flow } from '../../flow.ts';
import { busy } from '../../form.ts';
import type { Part } from '../../format/view.ts';
import { t } from '../../texts.ts';
import { fileName, partNames, partTitle, shownAs } from '../../words.ts';
import { picturesInBody } from './body.ts';
import { save } from './save.ts';
import { showPart } from './viewer.ts';

interface Attachment {
  part: Part;
  index: number;
  /** What the reader calls it, and what it is saved as. */
  stem: string;
  file: string;
}

export function attachments(flow: Flow): { content: Node | null; leave(): void } {
  const { view } = flow.app.opened!;
  // A picture that stands in the body is not listed again.
  const inBody = picturesInBody(view);
  const all: Attachment[] = view.parts
    .map((part, index) => ({ part, index }))
    .filter(({ part, index }) => !(part.inline && inBody.has(index)))
    .map(({ part, index }, at) => ({
      part,
      index,
      stem: partNames(part, at + 1).stem,
      file: fileName(part.name, t('message.unnamed', { n: at + 1 })),
    }));
  if (all.length === 0) return { content: null, leave: () => {} };

  let closeViewer: (() => void) | undefined;
  const items = all.map((attachment, at) => item(flow, attachment, at + 1, (close) => (closeViewer = close)));
  const everything = el('button', { type: 'button', class: 'button button-quiet' }, t('message.downloadAll'));
  everything.addEventListener('click', () =>
    busy(everything, async () => {
      // One after the other: each has its own progress, and a browser that asks, asks once.
      for (const one of items) await one.download();
    }),
  );
  const content = el(
    'section',
    { class: 'attachments', 'aria-labelledby': 'attachments-title' },
    el('h2', { id: 'attachments-title' }, t('message.attachments')),
    el('ul', { class: 'files' }, ...items.map((one) => one.element)),
    all.length > 1 ? el('div', { class: 'download-all no-print' }, everything, p(t('message.downloadAllHint'), 'hint')) : null,
  );
  return { content, leave: () => closeViewer?.() };
}

function item(flow: Flow, attachment: Attachment, n: number, opened: (close: () => void) => void) {
  const { part, index, stem, file } = attachment;
  const status = el('p', { class: 'file-status hint', hidden: true });
  const bar = el('progress', { class: 'bar', max: 1, value: 0, hidden: true, 'aria-label': t('message.fetching', { name: stem }) });

  const fetched = async (use: (octets: ArrayBuffer) => void, done: string): Promise<void> => {
    status.hidden = bar.hidden = false;
    bar.value = 0;
    status.textContent = t('message.fetching', { name: stem });
    announce(status.textContent);
    try {
      const octets = await flow.app.client.ask('part', { index }, (progress) => {
        bar.value = progress.total > 0 ? progress.done / progress.total : 1;
      });
      use(octets);
      status.textContent = done;
    } catch (error) {
      const problem = problemOf(error);
      if (flow.heard(problem)) return;
      status.textContent = t(problem.kind === 'unreadable-part' ? 'message.partFailed' : 'message.partOffline', { name: stem });
    } finally {
      bar.hidden = true;
    }
    announce(status.textContent ?? '');
  };

  const download = () => fetched((octets) => save(octets, file), t('message.saved', { name: stem }));
  const shown = shownAs(part.type);
  const view = () => fetched((octets) => opened(showPart(octets, shown!, stem, file)), t('message.fetched', { name: stem }));

  const act = (label: string, name: string, work: () => Promise<void>) => {
    const control = el('button', { type: 'button', class: 'button button-small', 'aria-label': name }, label);
    control.addEventListener('click', () => void busy(control, work));
    return control;
  };
  const element = el(
    'li',
    { class: 'file' },
    el('span', { class: 'file-name' }, partTitle(part, n)),
    el(
      'span',
      { class: 'file-tools no-print' },
      shown ? act(t('message.view'), t('message.viewing', { name: stem }), view) : null,
      act(t('message.download'), t('message.downloading', { name: stem }), download),
    ),
    status,
    bar,
  );
  return { element, download };
}
