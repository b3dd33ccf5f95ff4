// What is different for senders when something goes wrong: their link ends without another word. All else is as a
// recipient is told it.

import type { Page } from '../../app.ts';
import { el, p } from '../../dom.ts';
import type { Problem } from '../../problem.ts';
import type { SenderFlow } from '../../sender-flow.ts';
import { t } from './texts.ts';
import { keyForm } from '../key.ts';
import { problemPage } from '../problem.ts';

export function senderProblemPage(flow: SenderFlow, problem: Problem, again?: () => void | Promise<void>): Page {
  switch (problem.kind) {
    case 'not-found':
    case 'bad-handle':
    case 'bad-link':
    case 'bad-key': {
      const { errors, element } = keyForm(flow, t('sender.notFoundTitle'));
      return {
        title: t('sender.notFoundTitle'),
        content: [
          errors,
          el('div', { class: 'letter' }, el('h1', {}, t('sender.notFoundTitle')), p(t('sender.notFoundLead')), p(t('notFound.next')), problem.kind === 'bad-handle' ? null : element, p(t('phoneUs', flow.app.who), 'hint')),
        ],
      };
    }
    default:
      return problemPage(flow, problem, again);
  }
}
