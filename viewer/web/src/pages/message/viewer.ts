// Shows a picture, a PDF, a plain text or what a calendar entry says over the message. Nothing else is ever shown (PROMISES B5): the caller has
// judged the media type, and the blob carries exactly that type, so no browser can take it for anything else.

import { button, el, p } from '../../dom.ts';
import { t } from '../../texts.ts';
import type { Shown } from '../../words.ts';
import { calendarSummary } from './calendar.ts';
import { save } from './save.ts';

/** Puts the function that closes it into `closers`, and takes it out when it is closed. */
export function showPart(octets: ArrayBuffer, kind: Shown, title: string, file: string, closers: Set<() => void>): void {
  let url: string | null = null;
  const address = (type: string) => (url = URL.createObjectURL(new Blob([octets], { type })));

  const dialog = el('dialog', { class: 'dialog viewer', 'aria-labelledby': 'viewer-title' });
  const gone = () => {
    closers.delete(close);
    dialog.remove();
    if (url) URL.revokeObjectURL(url);
  };
  const close = () => {
    dialog.close();
    gone();
  };
  dialog.append(
    el('div', { class: 'viewer-head' }, el('h2', { id: 'viewer-title' }, title), button(t('message.download'), () => save(octets, file), 'button button-small'), button(t('close'), close, 'button button-small')),
    el('div', { class: 'viewer-body' }, ...content(octets, kind, title, address)),
  );
  // Escape closes by itself; the address goes with it.
  dialog.addEventListener('close', gone);
  closers.add(close);
  document.body.append(dialog);
  dialog.showModal();
}

function content(octets: ArrayBuffer, kind: Shown, title: string, address: (type: string) => string): Node[] {
  if (kind === 'text') return [el('pre', { class: 'viewer-text', tabindex: 0, dir: 'auto' }, decode(octets))];
  if (kind === 'calendar') return calendarSummary(decode(octets));
  if (kind === 'picture') {
    const image = el('img', { class: 'viewer-picture', alt: title, src: address(pictureType(octets)) });
    image.addEventListener('error', () => image.replaceWith(p(t('message.badPicture'))));
    return [image];
  }
  if (!startsWith(octets, '%PDF-') || !navigator.pdfViewerEnabled) return [p(t('message.noViewer'))];
  const url = address('application/pdf');
  return [el('iframe', { class: 'viewer-pdf', title, src: url })];
}

/** UTF-8 where it is that, else the superset of Latin 1 that mail programs mean. */
function decode(octets: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    return new TextDecoder('windows-1252').decode(octets);
  }
}

function pictureType(octets: ArrayBuffer): string {
  if (startsWith(octets, '\x89PNG')) return 'image/png';
  if (startsWith(octets, 'GIF8')) return 'image/gif';
  if (startsWith(octets, 'RIFF')) return 'image/webp';
  return 'image/jpeg';
}

const startsWith = (octets: ArrayBuffer, magic: string): boolean =>
  String.fromCharCode(...new Uint8Array(octets, 0, Math.min(magic.length, octets.byteLength))) === magic;
