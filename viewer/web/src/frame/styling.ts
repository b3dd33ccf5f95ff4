// Takes style sheets and `style` attributes out of a mail before anything parses it.
//
// The sanitiser parses into a document of this page, and the page's policy then reports every inline style it meets:
// hundreds for an ordinary newsletter. So they are moved out of the way in the text first. Nothing here is a barrier:
// what this scanner reads wrongly, the sanitiser still judges. One pass, linear whatever the mail looks like.

/** Where a `style` attribute waits. */
export const WAITING = 'data-sealpost-style';

export interface Unstyled {
  html: string;
  sheets: string[];
}

export function takeStyles(html: string): Unstyled {
  const sheets: string[] = [];
  let out = '';
  let from = 0;
  let at = html.indexOf('<');
  while (at >= 0) {
    if (html.startsWith('<!--', at)) {
      const end = html.indexOf('-->', at + 4);
      if (end < 0) break;
      at = html.indexOf('<', end);
      continue;
    }
    if (!/[A-Za-z]/.test(html[at + 1] ?? '')) {
      at = html.indexOf('<', at + 1);
      continue;
    }
    const end = tagEnd(html, at);
    if (end < 0) break;
    const tag = html.slice(at, end);
    if (/^<style[\s/>]/i.test(tag)) {
      const close = indexOfClose(html, end);
      if (close < 0) break;
      sheets.push(html.slice(end, close));
      out += html.slice(from, at);
      from = close;
      // The end tag goes too.
      const gone = html.indexOf('>', close);
      if (gone < 0) break;
      from = gone + 1;
      at = html.indexOf('<', from);
      continue;
    }
    if (/style/i.test(tag)) {
      out += html.slice(from, at) + renameStyle(tag);
      from = end;
    }
    at = html.indexOf('<', end);
  }
  return { html: out + html.slice(from), sheets };
}

/** Behind the `>` that ends the tag at `at`, past quoted values; negative when there is none. */
function tagEnd(html: string, at: number): number {
  let quote = '';
  for (let i = at + 1; i < html.length; i++) {
    const c = html[i]!;
    if (quote) {
      if (c === quote) quote = '';
    } else if (c === '"' || c === "'") {
      quote = c;
    } else if (c === '>') {
      return i + 1;
    }
  }
  return -1;
}

function indexOfClose(html: string, at: number): number {
  const close = /<\/style/gi;
  close.lastIndex = at;
  return close.exec(html)?.index ?? -1;
}

/** Quoted values are stepped over, so that only names are seen. */
const renameStyle = (tag: string): string =>
  tag.replace(/"[^"]*"|'[^']*'|([\s/])style(?=[\s=/>])/gi, (all, before: string | undefined) => (before === undefined ? all : `${before}${WAITING}`));
