// R5: the secure reply. It is sealed in the worker when *Send reply* is pressed, to the key that stood in the view.

import { draftHasWords, type Page } from '../app.ts';
import { announce, button, el, p, rows } from '../dom.ts';
import { field, form } from '../form.ts';
import { utf8 } from '../format/bytes.ts';
import type { Flow } from '../flow.ts';
import type { Problem } from '../problem.ts';
import { t } from '../texts.ts';
import { atMost, dayAndClock } from '../words.ts';
import { fileList } from './reply/files.ts';

/** `refused`: why the last try failed; it is said as soon as the page stands. */
export function replyPage(flow: Flow, refused?: Problem): Page {
  const { app } = flow;
  const { view, reply: limits } = app.opened!;
  const { draft } = app;
  const title = t('reply.title');
  const checks = form(app, title);
  const [sender, ...others] = view.reply.to;

  const text = el('textarea', { id: 'reply-text', name: 'text', rows: 10, dir: 'auto' });
  text.value = draft.text;
  const changed = () => {
    app.changed = true;
    app.keeper.changed();
  };
  const kept = p(app.keeper.words, 'hint');
  app.keeper.tell((words, first) => {
    kept.textContent = words;
    if (first) announce(words);
  });
  text.addEventListener('input', () => {
    draft.text = text.value;
    changed();
  });
  const noRoom = (tooMany: string[], tooLarge: string[]) => {
    const words = [
      tooMany.length > 0 ? t('reply.noPlace', { names: tooMany.join(', '), files: limits.max_files }) : '',
      tooLarge.length > 0 ? t('reply.noRoom', { names: tooLarge.join(', '), size: atMost(limits.max_bytes) }) : '',
    ];
    checks.fails(files.input, words.filter(Boolean).join('. '));
  };
  const files = fileList(draft, { octets: limits.max_bytes, files: limits.max_files }, changed, noRoom);
  const everyone = el('input', { type: 'checkbox', id: 'everyone' });
  everyone.checked = draft.everyone;
  everyone.addEventListener('change', () => {
    draft.everyone = everyone.checked;
    changed();
  });

  const problemWithFiles = (): string | null => {
    if (draft.files.length > limits.max_files) return t('reply.tooMany', { files: limits.max_files });
    // The limit counts text and files as they are, before sealing adds to them; a line end is two octets in a mail.
    const octets = draft.files.reduce((sum, file) => sum + file.size, utf8(draft.text.replace(/\r\n?|\n/g, '\r\n')).length);
    return octets > limits.max_bytes ? t('reply.tooLarge', { size: atMost(limits.max_bytes) }) : null;
  };

  const send = el('button', { type: 'submit', class: 'button button-main' }, t('reply.send'));
  const back = button(t('reply.back'), () => flow.message(), 'button button-quiet');
  const element = el(
    'form',
    { novalidate: true },
    others.length > 0
      ? el('div', { class: 'check' }, everyone, el('label', { for: 'everyone' }, `${t('reply.everyone')} ${others.join(', ')}`))
      : null,
    field(text, t('reply.text')),
    el('div', { class: 'field' }, el('h2', { class: 'label' }, t('reply.files')), p(t('reply.limits', { files: limits.max_files, size: atMost(limits.max_bytes) }), 'hint'), files.element),
    p(t(others.length > 0 ? 'reply.noteAll' : 'reply.note', app.who), 'hint'),
    kept,
    el('div', { class: 'actions main-action' }, send, back),
  );

  element.addEventListener('submit', (event) => {
    event.preventDefault();
    if (app.sending) return;
    if (!draftHasWords(draft)) return checks.fails(text, t('reply.empty'));
    const wrong = problemWithFiles();
    if (wrong) return checks.fails(files.input, wrong);
    checks.clear();
    announce(t('reply.sendingText'));
    lock();
    // Whatever comes of it is a page of its own: this one anew, if it failed.
    void flow.send(draft.everyone ? view.reply.to : [sender!], files.progress);
  });

  /** While it travels, the reply stays as it is, and so does the reader. */
  const lock = () => {
    text.readOnly = true;
    everyone.disabled = true;
    back.hidden = true;
    files.lock();
    send.setAttribute('aria-disabled', 'true');
    send.classList.add('busy');
  };

  const say = (problem: Problem) => {
    switch (problem.kind) {
      case 'offline':
      case 'server':
        return checks.fails(null, t('reply.failed'));
      case 'slow-down':
      case 'too-many-replies': {
        const words = t(problem.kind === 'slow-down' ? 'reply.slowDown' : 'reply.tooManyReplies');
        return checks.fails(null, `${words} ${problem.retryAt ? t('tooMany.when', { date: dayAndClock(new Date(problem.retryAt)) }) : t(problem.kind === 'slow-down' ? 'slowDown.later' : 'tooMany.later')}`);
      }
      case 'too-large':
        return checks.fails(files.input, t('reply.tooLarge', { size: atMost(problem.maxBytes ?? limits.max_bytes) }));
      case 'withdrawn':
      case 'expired':
        return checks.fails(null, t(`reply.${problem.kind}`, app.who));
      case 'unsupported':
        return checks.fails(files.input, t('reply.unreadable'));
      default:
        return checks.fails(null, t('reply.refused', app.who));
    }
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
    shown: () => refused && say(refused),
    leave: () => {
      files.leave();
      app.keeper.tell(null);
      void app.keeper.save();
    },
  };
}
