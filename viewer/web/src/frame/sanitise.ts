// The first barrier: DOMPurify, with a list of what mail needs, in two passes. The first gives a tree, in which
// styles, links and pictures are rewritten; the second cleans what that tree is written out as, so that the last
// word before the frame is the sanitiser's.

import DOMPurify from 'dompurify';
import { t } from '../texts.ts';
import { MailStyles } from './styles.ts';
import { takeStyles, WAITING } from './styling.ts';

/** A picture that travels inside the message: its data: URL, or null while it is not here yet. */
export type FindPicture = (contentId: string) => string | null;

export interface CleanMail {
  html: TrustedHTML | string;
  css: string;
  /** Pictures that would have come from the internet. */
  remote: number;
  text: string;
}

const TAGS =
  'a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt ' +
  'em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section ' +
  'small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr';

const ATTRIBUTES =
  'abbr align alt axis bgcolor border cellpadding cellspacing class clear color cols colspan compact datetime dir face ' +
  'headers height hspace href lang noshade nowrap open reversed rows rowspan rules scope size span src start summary title ' +
  'type valign value vspace width';

const NAMES = ATTRIBUTES.split(' ').concat('target', 'rel');

const STRICT = {
  ALLOWED_TAGS: TAGS.split(' '),
  ALLOWED_ATTR: NAMES,
  // The rule about addresses is for the two attributes that have one.
  ADD_URI_SAFE_ATTR: NAMES.filter((name) => name !== 'href' && name !== 'src'),
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|data:image\/(?:png|jpeg|gif|webp);base64,)/i,
  KEEP_CONTENT: true,
};

const OWN_PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,/i;

/** The first pass also keeps what is about to be rewritten. */
const FIRST = {
  ...STRICT,
  ALLOWED_TAGS: [...STRICT.ALLOWED_TAGS, 'body', 'html', 'head'],
  ALLOWED_ATTR: [...NAMES, 'style', WAITING],
  ADD_URI_SAFE_ATTR: [...STRICT.ADD_URI_SAFE_ATTR, WAITING],
  ALLOWED_URI_REGEXP: /^(?:https?:|\/\/|mailto:|tel:|cid:|data:image\/(?:png|jpeg|gif|webp);base64,)/i,
  WHOLE_DOCUMENT: true,
  RETURN_DOM: true as const,
};

export function sanitise(hostile: string, picture: FindPicture): CleanMail {
  const styles = new MailStyles();
  const unstyled = takeStyles(hostile);
  for (const sheet of unstyled.sheets) styles.sheet(sheet);
  const tree = DOMPurify.sanitize(unstyled.html, FIRST) as unknown as HTMLElement;
  const remote = rewritePictures(tree, picture);
  rewriteLinks(tree);
  rewriteStyles(tree, styles);
  const body = tree.querySelector('body') ?? tree;
  // What the mail says about its whole body moves to an element that the frame has.
  const paper = tree.ownerDocument.createElement('div');
  for (const name of ['class', 'dir', 'lang', 'align']) {
    const value = body.getAttribute(name);
    if (value) paper.setAttribute(name, value);
  }
  const colour = styles.inline(`background-color:${body.getAttribute('bgcolor') ?? ''}`);
  if (colour) paper.classList.add(colour);
  paper.append(...Array.from(body.childNodes));
  const text = textOf(paper);
  const html = DOMPurify.sanitize(paper.outerHTML, { ...STRICT, RETURN_TRUSTED_TYPE: true }) as TrustedHTML | string;
  return { html, css: styles.css(), remote, text };
}

/** Pictures of the message become data: URLs; those from the internet become words, and are counted. */
function rewritePictures(tree: HTMLElement, picture: FindPicture): number {
  let remote = 0;
  for (const image of Array.from(tree.querySelectorAll('img'))) {
    const src = image.getAttribute('src') ?? '';
    const cid = /^cid:(.*)$/i.exec(src.trim());
    const data = cid ? picture(decoded(cid[1]!)) : OWN_PICTURE.test(src) ? src : null;
    if (data) {
      image.setAttribute('src', data);
      continue;
    }
    if (/^(?:https?:)?\/\//i.test(src)) remote += 1;
    const alt = image.getAttribute('alt')?.trim();
    // Without a text it was decoration, a spacer or a counter of readers.
    image.replaceWith(tree.ownerDocument.createTextNode(alt ? ` [${alt}] ` : cid ? ` [${t('message.picture')}] ` : ''));
  }
  return remote;
}

function rewriteLinks(tree: HTMLElement): void {
  for (const link of Array.from(tree.querySelectorAll('a'))) {
    const href = link.getAttribute('href');
    const target = href ? targetOf(href) : null;
    link.removeAttribute('target');
    if (!target) {
      link.removeAttribute('href');
      continue;
    }
    link.setAttribute('href', target.href);
    link.setAttribute('target', '_blank');
    link.setAttribute('rel', 'noopener noreferrer');
    if (target.shown && !saysSo(link, target.shown)) {
      const host = tree.ownerDocument.createElement('span');
      host.className = 'sealpost-host';
      // Isolated, so that text which runs the other way cannot reorder it.
      host.setAttribute('dir', 'ltr');
      host.textContent = ` [${target.shown}]`;
      link.append(host);
    }
  }
}

/**
 * Whether a link's words are its own address and nothing else, so that the reader sees where it goes. Words that an
 * element could hide do not count, nor words that `bdo` turns round, nor a host that is only a part of them.
 */
function saysSo(link: Element, shown: string): boolean {
  if (link.childElementCount > 0 || link.closest('bdo')) return false;
  const words = (link.textContent ?? '').trim().toLowerCase();
  if (words === shown.toLowerCase()) return true;
  // Not the URL parser: it drops line breaks and looks behind an `@`, and a reader does neither.
  const host = /^(?:https?:\/\/)?([a-z0-9.-]+)(?::\d+)?(?:[/?#][!-?A-~]*)?$/.exec(words)?.[1];
  return host?.replace(/^www\./, '') === shown;
}

/** Where a link goes, and the part of it that the reader should see. */
function targetOf(href: string): { href: string; shown: string } | null {
  let url: URL;
  try {
    url = new URL(href.trim());
  } catch {
    return null;
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') {
    // `https://known.example@other.example/` is a trick of old.
    url.username = url.password = '';
    return { href: url.href, shown: url.hostname.replace(/^www\./, '') };
  }
  if (url.protocol === 'mailto:') return { href: url.href, shown: decoded(url.pathname) };
  if (url.protocol === 'tel:') return { href: url.href, shown: '' };
  return null;
}

/** Style attributes become classes; the mail's own classes stay, less those that look like ours. */
function rewriteStyles(tree: HTMLElement, styles: MailStyles): void {
  for (const element of [tree, ...Array.from(tree.querySelectorAll<HTMLElement>('*'))]) {
    const declarations = element.getAttribute(WAITING) ?? element.getAttribute('style');
    const ours = element.className === 'sealpost-host' ? ['sealpost-host'] : [];
    const classes = Array.from(element.classList).filter((name) => !MailStyles.isOwnClass(name));
    element.removeAttribute('style');
    element.removeAttribute(WAITING);
    const kept = declarations ? styles.inline(declarations) : null;
    const all = [...classes, ...ours, ...(kept ? [kept] : [])];
    if (all.length > 0) element.setAttribute('class', all.join(' '));
    else element.removeAttribute('class');
  }
}

const decoded = (s: string): string => {
  try {
    return decodeURIComponent(s);
  } catch {
    return s;
  }
};

const BLOCKS = /^(?:address|article|aside|blockquote|caption|center|dd|details|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|summary|table|tr|ul)$/;

/** The words of a tree, a line for a line; for *Show as plain text* where the mail has no text of its own. */
export function textOf(tree: Node): string {
  let out = '';
  const lineBreak = () => {
    if (out && !out.endsWith('\n')) out += '\n';
  };
  const walk = (node: Node, verbatim: boolean): void => {
    if (node.nodeType === 3) {
        const text = node.nodeValue ?? '';
      const folded = text.replace(/[\t\n\f\r ]+/g, ' ');
      out += verbatim ? text : /(^|\s)$/.test(out) ? folded.replace(/^ /, '') : folded;
      return;
    }
    const name = node.nodeName.toLowerCase();
    if (name === 'br') {
      out += '\n';
      return;
    }
    if (name === 'img') {
      const alt = (node as Element).getAttribute('alt');
      if (alt) out += `[${alt}]`;
      return;
    }
    const block = BLOCKS.test(name);
    if (block) lineBreak();
    if (name === 'li') out += '• ';
    if (name === 'p' && out) out += '\n';
    for (const child of Array.from(node.childNodes)) walk(child, verbatim || name === 'pre');
    if (name === 'td' || name === 'th') out += '\t';
    if (block) lineBreak();
  };
  walk(tree, false);
  return out.replace(/[ \t]+\n/g, '\n').replace(/\n{3,}/g, '\n\n').trim();
}
