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
  /** Whether mail reaches over what stands above it: an overlay that could look like ours. */
  covers(which: 'none' | 'sanitiser' | 'frame', html: string): boolean {
    document.body.replaceChildren();
    document.body.style.margin = '0';
    const ours = document.createElement('div');
    ours.style.cssText = 'height:200px';
    const box = document.createElement('div');
    // As the page's own box for the frame is: what is inside is laid out inside.
    box.style.cssText = 'height:300px;overflow:hidden';
    document.body.append(ours, box);
    if (which === 'frame') {
      const frame = document.createElement('iframe');
      frame.setAttribute('sandbox', SANDBOX);
      frame.srcdoc = frameDocument(html, '', 'bm9uY2U=');
      box.append(frame);
    } else {
      const clean = which === 'sanitiser' ? sanitise(html, () => null) : null;
      box.attachShadow({ mode: 'open' }).innerHTML = clean ? `<style>${sheetOf(clean.css)}</style>${String(clean.html)}` : html;
    }
    for (let x = 10; x < innerWidth; x += 40) for (let y = 10; y < 200; y += 20) if (document.elementFromPoint(x, y) !== ours) return true;
    return false;
  },
  clean: (html: string) => {
    const { html: clean, css, remote, text } = sanitise(html, (id) => (id === 'a@b' ? 'data:image/png;base64,AA==' : null));
    return { html: String(clean), css, remote, text };
  },
};

window.barriers = barriers;
