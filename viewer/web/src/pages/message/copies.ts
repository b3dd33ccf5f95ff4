// Copies that the reader keeps: the mail itself, and for those who want it the sealed file with its identity
// (PROMISES K5).

import { problemOf } from '../../app.ts';
import { button, el, p } from '../../dom.ts';
import type { Flow } from '../../flow.ts';
import { busy } from '../../form.ts';
import { t } from '../../texts.ts';
import { fileName } from '../../file-name.ts';
import { fetching } from './fetching.ts';
import { save } from './save.ts';

export function copies(flow: Flow) {
  const { opened } = flow.app;
  const { view } = opened!;
  /** The message was closed: nothing of it is given out any more. */
  const gone = () => flow.app.opened !== opened;
  let left = false;
  const name = fileName(view.headers.subject, t('message.title'));
  const job = fetching(flow, { name: t('message.copyName'), left: () => left });
  const fetched = (what: 'content' | 'sealed', file: string): Promise<void> =>
    job.run(
      (progress, cancelled) => flow.app.client.ask(what, undefined, progress, cancelled),
      (octets) => {
        if (!gone()) save(octets, file);
        return t('message.saved', { name: file });
      },
    );
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
    status: job.element,
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
