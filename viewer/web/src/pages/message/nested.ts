// A mail that was attached to the mail, opened in its place: the same page in small, behind the same barriers.

import { el, labelled, p, rows } from '../../dom.ts';
import type { Flow } from '../../flow.ts';
import type { Letter } from '../../format/view.ts';
import { t } from '../../texts.ts';
import { bothTimes, mailboxes } from '../../words.ts';
import { attachments } from './attachments.ts';
import { body } from './body.ts';

export interface Nested {
  element: HTMLElement;
  /** To be called once it stands in the page. */
  fit(): void;
  leave(): void;
}

/** `level`: of the heading that its subject becomes. */
export function nestedLetter(flow: Flow, letter: Letter, level: number): Nested {
  const { headers } = letter;
  const shown = body(flow, letter);
  const files = attachments(flow, letter, shown.pictures, level + 1);
  shown.lost((index) => files.add(index));
  const title = heading(level, headers.subject || t('message.noSubject'));
  const element = el(
    'section',
    { class: 'nested' },
    title,
    rows(
      'headers',
      [t('message.from'), mailboxes(headers.from) || t('message.unknown')],
      [t('message.to'), mailboxes(headers.to)],
      [t('message.cc'), mailboxes(headers.cc)],
      [t('message.sent'), headers.date ? bothTimes(new Date(headers.date)) : null],
    ),
    protection(letter),
    ...shown.content,
    files.content,
  );
  return {
    element: labelled(element, title),
    fit: () => shown.fit(),
    leave: () => {
      shown.leave();
      files.leave();
      element.remove();
    },
  };
}

export const heading = (level: number, words: string) => el(`h${Math.min(level, 6)}` as 'h3', { tabindex: -1 }, words);

/** What the sender's program had signed or encrypted. Nothing is checked here, and nothing is promised. */
export function protection(letter: Letter): HTMLElement | null {
  return letter.protection ? p(t(`protection.${letter.protection}`), 'notice protection') : null;
}
