// What the reader has answered so far, below the message: from this browser, and from other devices by their copies.

import { disclosure, el, labelled, p, rows, together } from '../../dom.ts';
import type { Sent, SentReply } from '../../protocol.ts';
import { t } from '../../texts.ts';
import { dayAndClock, size } from '../../words.ts';
import { fileName } from '../../file-name.ts';

/** Stays empty where nothing was sent. */
export function thread(sent: Promise<Sent>): HTMLElement {
  const title = el('h2', {}, t('thread.title'));
  const section = labelled(el('section', { class: 'thread no-print', hidden: true }, title), title);
  void sent.then(({ replies, unreadable, unreached }) => {
    section.hidden = replies.length === 0 && unreadable === 0 && !unreached;
    section.append(
      ...replies.map(one),
      ...(unreadable > 0 ? [p(t('thread.unreadable'))] : []),
      ...(unreached ? [p(t('thread.unreached'))] : []),
      ...(replies.length > 0 ? [p(t('thread.hint'), 'hint no-print')] : []),
    );
    together(section, []);
  });
  return section;
}

const one = ({ reference, received_at, to, text, cut, files }: SentReply): HTMLElement =>
  disclosure(
    t('thread.sent', { date: dayAndClock(new Date(received_at)) }),
    rows(
      'headers',
      [t('reply.to'), to.join(', ')],
      [t('sent.reference'), reference],
      [t('reply.files'), files.map((file) => `${fileName(file.name, t('kind.unknown'))} (${size(file.size)})`).join(', ')],
    ),
    el('div', { class: 'paper plain', dir: 'auto' }, text),
    ...(cut ? [p(t('thread.cut'), 'hint')] : []),
  );
