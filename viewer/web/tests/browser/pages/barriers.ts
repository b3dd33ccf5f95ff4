// Puts each barrier into a page that has no other protection: no policy, no sandbox but the one under test.

import { frameDocument, SANDBOX, sheetOf } from '../../../src/frame/document.ts';
import { sanitise } from '../../../src/frame/sanitise.ts';
import { measure } from '../../../src/frame/measure.ts';

declare global {
  interface Window {
    barriers: typeof barriers;
  }
}

const show = (srcdoc: string, sandbox: string | null): void => {
  const frame = document.createElement('iframe');
  if (sandbox !== null) frame.setAttribute('sandbox', sandbox);
  frame.srcdoc = srcdoc;
  document.body.append(frame);
};

const barriers = {
  /** The negative control. */
  none: (html: string) => show(html, null),
  /** What the sanitiser lets through, with its style sheet, parsed by a page that would run anything. */
  sanitiser: (html: string) => {
    const clean = sanitise(html, () => null);
    show(`<!DOCTYPE html><style>${sheetOf(clean.css)}</style>${String(clean.html)}`, null);
    const here = document.createElement('div');
    here.innerHTML = String(clean.html);
    document.body.append(here);
    measure(clean.html, sheetOf(clean.css), 600, new Map());
  },
  /** The frame with mail that nobody sanitised. */
  frame: (html: string) => show(frameDocument(html, '', 'bm9uY2U='), SANDBOX),
  clean: (html: string) => {
    const { html: clean, css, remote, text } = sanitise(html, (id) => (id === 'a@b' ? 'data:image/png;base64,AA==' : null));
    return { html: String(clean), css, remote, text };
  },
};

window.barriers = barriers;
