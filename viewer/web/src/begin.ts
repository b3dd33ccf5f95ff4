// What the page of a message and its sender's page begin with: the language, what the browser can do, and the link.

import { fill, type App } from './app.ts';
import { arrived } from './format/arrived.ts';
import { chosenLanguage, listenToSwitch, turnTo } from './language.ts';
import { tooOldPage } from './pages/problem.ts';
import type { Side } from './protocol.ts';
import { namesIn, type Shell } from './shell.ts';
import { languageOf, spoken, t, type Key } from './texts.ts';

/** Speaks the reader's language; says what is missing where the browser lacks something. */
export function canRun(shell: Shell): boolean {
  turnTo(shell, chosenLanguage() ?? languageOf(shell.lang) ?? 'en');
  document.documentElement.classList.add('script');
  const missing = whatIsMissing();
  if (missing.length > 0) {
    const tell = () => {
      const page = tooOldPage(namesIn(shell, spoken()), missing.map((what) => t(what)));
      document.title = page.title;
      fill(shell.main, page, { ...namesIn(shell, spoken()) });
    };
    listenToSwitch(shell, tell);
    tell();
    return false;
  }
  return true;
}

/** The link's end, mended where something on the way broke it; then the address bar and its history say it so too. */
export function readLink(shell: Shell, side: Side): { text: string; exposed: boolean } {
  const { handle, fragment, exposed } = arrived(location);
  if (handle) shell.handle = handle;
  const mended = `/${side}/${shell.handle}${fragment}`;
  if (fragment && location.pathname + location.search + location.hash !== mended) history.replaceState(history.state, '', mended);
  return { text: fragment, exposed };
}

/** The link secret stands in the fragment: in-page links must not overwrite it, and a new one means a new start. */
export function keepFragment(app: App): void {
  const { main } = app.shell;
  document.querySelector('.skip-link')?.addEventListener('click', (event) => {
    event.preventDefault();
    main.tabIndex = -1;
    main.focus();
  });
  window.addEventListener('hashchange', () => {
    // After *Close message*, Back must not open it again. A link pasted anew has no state of ours yet.
    if (app.closed && history.state !== null) return;
    if (arrived(location).fragment) location.reload();
  });
}

function whatIsMissing(): Key[] {
  const needed: [Key, boolean][] = [
    ['unsupported.workers', typeof Worker === 'function'],
    ['unsupported.streams', typeof ReadableStream === 'function' && typeof TransformStream === 'function' && typeof Blob.prototype.stream === 'function'],
    ['unsupported.cryptography', typeof crypto === 'object' && typeof crypto.subtle === 'object'],
    ['unsupported.bigNumbers', typeof BigInt === 'function'],
    ['unsupported.dialogs', typeof HTMLDialogElement === 'function'],
    ['unsupported.frames', 'sandbox' in HTMLIFrameElement.prototype && 'srcdoc' in HTMLIFrameElement.prototype],
  ];
  return needed.filter(([, there]) => !there).map(([name]) => name);
}
