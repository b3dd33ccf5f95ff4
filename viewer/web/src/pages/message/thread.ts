// What the reader has answered so far, below the message.

import { disclosure, el, labelled, p, rows } from '../../dom.ts';
import type { SentReply } from '../../protocol.ts';
import { t } from '../../texts.ts';
import { dayAndClock, size } from '../../words.ts';
import { fileName } from '../../file-name.ts';

/** Stays empty where nothing was sent from this browser. */
export function thread(sent: Promise<SentReply[]>): HTMLElement {
  const title = el('h2', {}, t('thread.title'));
  const section = labelled(el('section', { class: 'thread no-print', hidden: true }, title), title);
  void sent.then((replies) => {
    section.hidden = replies.length === 0;
    section.append(...replies.map(one), p(t('thread.hint'), 'hint no-print'));
  });
  return section;
}

const one = ({ reference, received_at, to, text, files }: SentReply): HTMLElement =>
  disclosure(
    t('thread.sent', { date: dayAndClock(new Date(received_at)) }),
    rows(
      'headers',
      [t('reply.to'), to.join(', ')],
      [t('sent.reference'), reference],
      [t('reply.files'), files.map((file) => `${fileName(file.name, t('kind.unknown'))} (${size(file.size)})`).join(', ')],
    ),
    el('div', { class: 'paper plain', dir: 'auto' }, text),
  );
