// That later messages of the conversation were sent to this mailbox. The server's word and no part of the sealed message,
// so it stands apart, and there is nothing in it that could be opened: the email about each message has its link.

import { bullets, el, labelled, p, together } from '../../dom.ts';
import { noon, type LaterMessage } from '../../format/later.ts';
import { t } from '../../texts.ts';
import { day } from '../../words.ts';

/** Stays empty where there are none. */
export function later(listed: Promise<LaterMessage[]>): HTMLElement {
  const title = el('h2', {}, t('later.title'));
  const section = labelled(el('section', { class: 'thread no-print', hidden: true }, title), title);
  void listed.then((messages) => {
    section.hidden = messages.length === 0;
    const one = (message: LaterMessage) => t('later.one', { date: day(noon(message.day)), reference: message.reference });
    section.append(bullets(...messages.map(one)), p(t('later.hint')));
    together(section, messages.map(({ reference }) => reference));
  });
  return section;
}
