// Copies that the reader keeps: the mail itself, and for those who want it the sealed file with its identity
// (PROMISES K5).

import { problemOf } from '../../app.ts';
import { announce, button, el, p } from '../../dom.ts';
import type { Flow } from '../../flow.ts';
import { busy } from '../../form.ts';
import { t } from '../../texts.ts';
import { fileName } from '../../words.ts';
import { save } from './save.ts';

export function copies(flow: Flow) {
  const { opened } = flow.app;
  const { view } = opened!;
  /** The message was closed: nothing of it is given out any more. */
  const gone = () => flow.app.opened !== opened;
  let left = false;
  const name = fileName(view.headers.subject, t('message.title')).slice(0, 80);
  const status = el('p', { class: 'hint no-print', hidden: true });

  const fetched = async (what: 'content' | 'sealed', file: string): Promise<void> => {
    status.hidden = false;
    const say = (text: string) => announce((status.textContent = text));
    say(t('message.fetching', { name: file }));
    try {
      const octets = await flow.app.client.ask(what);
      if (gone()) return;
      save(octets, file);
      if (!left) say(t('message.saved', { name: file }));
    } catch (error) {
      if (!flow.heard(problemOf(error), opened) && !left) say(t('message.partOffline', { name: file }));
    }
  };
  const busyButton = (label: string, cls: string, work: () => Promise<void>) => {
    const control = el('button', { type: 'button', class: cls }, label);
    control.addEventListener('click', () => void busy(control, work));
    return control;
  };

  const identity = el('div', {});
  const show = button(t('message.sealedShow'), async () => {
    try {
      const text = await flow.app.client.ask('identity');
      if (left) return;
      identity.replaceChildren(
        el('label', { for: 'identity' }, t('message.identity')),
        el('textarea', { id: 'identity', class: 'identity', rows: 4, readonly: true, spellcheck: 'false' }, text),
      );
      identity.querySelector('textarea')?.select();
    } catch (error) {
      flow.heard(problemOf(error), opened);
    }
  }, 'button button-quiet');

  return {
    download: busyButton(t('message.copy'), 'button button-quiet', () => fetched('content', `${name}.eml`)),
    status,
    sealed: [
      p(t('message.sealed1')),
      p(t('message.sealed2', flow.app.who), 'notice'),
      el('div', { class: 'actions' }, busyButton(t('message.sealedDownload'), 'button button-quiet', () => fetched('sealed', `${name}.eml.age`)), show),
      identity,
    ],
    leave: () => {
      left = true;
      identity.replaceChildren();
    },
  };
}
