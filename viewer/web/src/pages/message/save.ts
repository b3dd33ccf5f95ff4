// Puts octets into the reader's downloads. Always as an unnamed kind of file, so that nothing is ever navigable in
// our origin (PROMISES B5).

import { el } from '../../dom.ts';

/** Long enough for slow phones to begin the download. */
const REVOKE_AFTER = 60_000;

export function save(octets: BlobPart, name: string): void {
  const url = URL.createObjectURL(new Blob([octets], { type: 'application/octet-stream' }));
  const link = el('a', { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  window.setTimeout(() => URL.revokeObjectURL(url), REVOKE_AFTER);
}
