// Shows a mail's HTML behind two barriers, each of which is enough alone (PROMISES B3): the sanitiser
// (frame/sanitise.ts) and a sandboxed frame under its own policy (frame/document.ts).

import { frameDocument, SANDBOX, sheetOf } from './frame/document.ts';
import { measure, type Dimensions } from './frame/measure.ts';
import { pictureSize } from './frame/picture-size.ts';
import { sanitise, type CleanMail, type FindPicture } from './frame/sanitise.ts';

export interface MailFrame {
  element: HTMLIFrameElement;
  /** Pictures from the internet that were left out. */
  remote: number;
  /** The mail's words, for readers who want no formatting. */
  text: string;
  /** Gives the frame its height, as soon as it stands in the page: before the browser paints it. */
  fit(): void;
  /** Writes the frame anew, once more of the message's pictures are here. */
  redraw(): void;
  /** Empties the frame. */
  clear(): void;
}

let policy: { createHTML(html: string): TrustedHTML | string } | undefined;

/** What may be written into a frame: documents that `frameDocument` made, and the empty one. */
function trusted(html: string): TrustedHTML | string {
  policy ??= window.trustedTypes?.createPolicy('sealpost-frame', { createHTML: (text) => text }) ?? { createHTML: (text) => text };
  return policy.createHTML(html);
}

export function mailFrame(hostile: string, nonce: string, title: string, picture: FindPicture): MailFrame {
  const element = document.createElement('iframe');
  element.setAttribute('sandbox', SANDBOX);
  element.setAttribute('referrerpolicy', 'no-referrer');
  element.title = title;
  element.className = 'paper-frame';

  const pictures: Dimensions = new Map();
  let mail: CleanMail;

  // Chromium can lose a document that is written while the one before it is still on its way: one at a time.
  let loading = false;
  let again = false;
  const draw = () => {
    again = loading;
    if (loading) return;
    loading = true;
    mail = sanitise(hostile, picture);
    // The policy's name is the one place where markup becomes trusted; the sanitiser has just spoken.
    element.srcdoc = trusted(frameDocument(String(mail.html), mail.css, nonce)) as string;
  };
  const fit = () => {
    if (!element.isConnected || element.clientWidth === 0) return;
    for (const url of dataUrls(mail.html)) if (!pictures.has(url)) headed(url, pictures);
    const height = measure(mail.html, sheetOf(mail.css), element.clientWidth, pictures);
    element.classList.toggle('paper-frame-fixed', height === null);
    element.style.height = height === null ? '' : `${height}px`;
  };
  const fitWithPictures = async () => {
    fit();
    await Promise.all(dataUrls(mail.html).map((url) => natural(url, pictures)));
    fit();
  };

  let width = 0;
  // A new width means new lines; a new height is our own doing.
  const observer = new ResizeObserver(() => {
    if (element.clientWidth === width) return;
    width = element.clientWidth;
    void fitWithPictures();
  });

  const redraw = () => {
    draw();
    void fitWithPictures();
  };
  element.addEventListener('load', () => {
    loading = false;
    if (again) redraw();
  });

  draw();
  observer.observe(element);
  return {
    element,
    get remote() {
      return mail.remote;
    },
    get text() {
      return mail.text;
    },
    fit,
    redraw,
    clear() {
      again = false;
      observer.disconnect();
      pictures.clear();
      element.srcdoc = trusted('') as string;
      element.remove();
    },
  };
}

/** Does all that a mail needs done, for one of ours, and shows nothing: what follows finds it compiled. */
export function warmFrame(): void {
  const mail = sanitise('<body style="margin:0"><table style="color:#111"><tr><td><p class="a">…</p><a href="https://example.org">…</a></td></tr></table></body>', () => null);
  measure(mail.html, sheetOf(mail.css), 300, new Map());
}

function dataUrls(html: TrustedHTML | string): string[] {
  return String(html).match(/data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+/g) ?? [];
}

/** Sizes of pictures as their headers say them, which is at once; `natural` has the last word. */
function headed(url: string, into: Dimensions): void {
  const start = url.indexOf(',') + 1;
  const size = pictureSize(Uint8Array.from(atob(url.slice(start, start + HEADER)), (one) => one.charCodeAt(0)));
  if (size) into.set(url, size);
}

/** Base64 digits in which a header is looked for: a JPEG may have a small picture of itself before it. */
const HEADER = 4 * 32_768;

/** Decodes a picture out of sight, for its size only: a photograph may lie on its side. */
async function natural(url: string, into: Dimensions): Promise<void> {
  if (into.get(url)?.decoded) return;
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
    into.set(url, { width: image.naturalWidth, height: image.naturalHeight, decoded: true });
  } catch {
    into.set(url, { width: 24, height: 24, decoded: true });
  }
}
