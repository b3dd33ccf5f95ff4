// The second barrier: what stands in the sandboxed frame, and under which policy.

/**
 * The frame may open a link in a new window, and nothing else: no scripts, no forms, and an origin of its own.
 * The opened window is free of the sandbox, or every site behind a link would be broken.
 */
export const SANDBOX = 'allow-popups allow-popups-to-escape-sandbox';

const PAPER = `
:root{color-scheme:only light;background:#fff;color:#1d2524}
body{margin:0;padding:20px;font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:break-word}
img{max-width:100%;height:auto}
table{max-width:100%}
pre{white-space:pre-wrap}
blockquote{margin:0 0 0 .5rem;padding-left:1rem;border-left:3px solid #c9d3d0}
a{color:#0b5351}
a:focus-visible{outline:3px solid #ffbf47;outline-offset:2px;box-shadow:0 0 0 6px #1d2524}
`;

/** Where a link goes is ours to say: no rule of the mail can hide it. Ids outweigh all that mail may use. */
const HOST =
  '.sealpost-host:not(#_#_#_#_#_){display:inline!important;visibility:visible!important;opacity:1!important;float:none!important;' +
  'color:#4a5b5b!important;background-color:#fff!important;font:14px/1.4 system-ui,sans-serif!important;letter-spacing:normal!important;' +
  'word-spacing:normal!important;text-transform:none!important;text-indent:0!important;vertical-align:baseline!important;margin:0!important;direction:ltr!important;white-space:normal!important;overflow-wrap:anywhere!important}';

/** The style sheet of the paper and of the mail, the mail's after ours. */
export const sheetOf = (css: string): string => `${PAPER}${css}\n${HOST}`;

/**
 * The whole document for `srcdoc`. Its own policy stands above what it inherits from the page: no address can be
 * fetched at all, and the one style sheet is known by its nonce.
 */
export function frameDocument(html: string, css: string, nonce: string): string {
  if (!/^[A-Za-z0-9+/_=-]*$/.test(nonce)) throw new TypeError('not a nonce');
  // No `<` can end the style element early.
  const sheet = sheetOf(css).replace(/</g, '\\3c ');
  return (
    '<!DOCTYPE html><html><head><meta charset="utf-8">' +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'">` +
    '<meta http-equiv="x-dns-prefetch-control" content="off"><meta name="referrer" content="no-referrer">' +
    '<meta name="viewport" content="width=device-width">' +
    `<style nonce="${nonce}">${sheet}</style></head><body dir="auto">${html}</body></html>`
  );
}
