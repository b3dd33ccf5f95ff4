// R5: the secure reply. It is sealed in the worker when *Send reply* is pressed, to the key that stood in the view.

import { draftHasWords, problemOf, type Page } from '../app.ts';
import { announce, button, el, p, rows } from '../dom.ts';
import { busy, field, form } from '../form.ts';
import { utf8 } from '../format/bytes.ts';
import type { Flow } from '../flow.ts';
import type { Problem } from '../problem.ts';
import { t } from '../texts.ts';
import { size } from '../words.ts';
import { fileList } from './reply/files.ts';

export function replyPage(flow: Flow): Page {
  const { app } = flow;
  const { view, reply: limits } = app.opened!;
  const { draft } = app;
  const title = t('reply.title');
  const checks = form(app, title);
  const [sender, ...others] = view.reply.to;

  const text = el('textarea', { id: 'reply-text', name: 'text', rows: 10, dir: 'auto' });
  text.value = draft.text;
  // A reply that failed goes on where it stopped, unless somebody changed it since.
  let changed = true;
  text.addEventListener('input', () => {
    draft.text = text.value;
    changed = true;
  });
  const files = fileList(draft, () => (changed = true));
  const everyone = el('input', { type: 'checkbox', id: 'everyone' });
  everyone.checked = draft.everyone;
  everyone.addEventListener('change', () => {
    draft.everyone = everyone.checked;
    changed = true;
  });

  const problemWithFiles = (): string | null => {
    if (draft.files.length > limits.max_files) return t('reply.tooMany', { files: limits.max_files });
    // The limit counts text and files as they are, before sealing adds to them.
    const octets = draft.files.reduce((sum, file) => sum + file.size, utf8(draft.text).length);
    return octets > limits.max_bytes ? t('reply.tooLarge', { size: size(limits.max_bytes) }) : null;
  };

  const send = el('button', { type: 'submit', class: 'button button-main' }, t('reply.send'));
  const element = el(
    'form',
    { novalidate: true },
    others.length > 0
      ? el('div', { class: 'check' }, everyone, el('label', { for: 'everyone' }, `${t('reply.everyone')} ${others.join(', ')}`))
      : null,
    field(text, t('reply.text')),
    el('div', { class: 'field' }, el('h2', { class: 'label' }, t('reply.files')), p(t('reply.limits', { files: limits.max_files, size: size(limits.max_bytes) }), 'hint'), files.element),
    p(t('reply.note', app.who), 'hint'),
    el('div', { class: 'actions main-action' }, send, button(t('reply.back'), () => flow.message(), 'button button-quiet')),
  );

  element.addEventListener('submit', (event) => {
    event.preventDefault();
    void busy(send, async () => {
      if (!draftHasWords(draft)) return checks.fails(text, t('reply.empty'));
      const wrong = problemWithFiles();
      if (wrong) return checks.fails(files.input, wrong);
      checks.clear();
      announce(t('reply.sendingText'));
      const to = draft.everyone ? view.reply.to : [sender!];
      const again = !changed;
      changed = false;
      lock(true);
      try {
        const sent = await app.client.ask('reply', { reply: { to, text: draft.text, files: draft.files }, again }, files.progress);
        flow.sent(sent, to);
      } catch (error) {
        lock(false);
        files.reset();
        refused(problemOf(error));
      }
    });
  });

  /** While it travels, the reply stays as it is. */
  const lock = (on: boolean) => {
    text.readOnly = on;
    everyone.disabled = on;
    files.lock(on);
  };

  const refused = (problem: Problem) => {
    if (flow.heard(problem)) return;
    if (problem.kind === 'offline' || problem.kind === 'server') return checks.fails(null, t('reply.failed'));
    // Whatever else it was, the next try begins afresh.
    changed = true;
    if (problem.kind === 'too-large') return checks.fails(files.input, t('reply.tooLarge', { size: size(problem.maxBytes ?? limits.max_bytes) }));
    if (problem.kind === 'unsupported') return checks.fails(files.input, t('reply.unreadable'));
    checks.fails(null, t('reply.refused', app.who));
  };

  return {
    title,
    content: [
      checks.summary,
      el(
        'div',
        { class: 'letter' },
        el('h1', {}, t('reply.h1')),
        rows('headers', [t('reply.to'), sender ?? ''], [t('reply.subject'), view.headers.subject || t('message.noSubject')]),
        element,
      ),
    ],
    leave: () => files.leave(),
  };
}
