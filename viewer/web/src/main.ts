// The page's script: reads the shell and the link, starts the worker, and hands over to the flow.

import { App, draftHasWords, fill } from './app.ts';
import { startWorker } from './client.ts';
import { Flow } from './flow.ts';
import { arrived } from './format/arrived.ts';
import { chosenLanguage, listenToSwitch, turnTo } from './language.ts';
import { checkingPage } from './pages/landing.ts';
import { tooOldPage } from './pages/problem.ts';
import { namesIn, readShell, type Shell } from './shell.ts';
import { languageOf, spoken, t, type Key } from './texts.ts';

const shell = readShell();
if (shell) begin(shell);

function begin(shell: Shell): void {
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
    return tell();
  }
  const fragment = readLink(shell);
  const app = new App(shell, startWorker(shell.worker));
  app.exposed = fragment.exposed;
  const flow = new Flow(app);
  keepFragment(app);
  listenToSwitch(shell, (language) => flow.turned(language));
  window.addEventListener('beforeunload', (event) => {
    if (draftHasWords(app.draft)) event.preventDefault();
  });
  // A page that is put away whole must hold nothing when somebody presses Back.
  window.addEventListener('pagehide', (event) => event.persisted && flow.vanish());
  // A page that comes back from the browser's cache may have outlived its session.
  window.addEventListener('pageshow', (event) => event.persisted && location.reload());
  app.show(checkingPage);
  void flow.start(fragment.text);
}

/** The link's end, mended where something on the way broke it; then the address bar and its history say it so too. */
function readLink(shell: Shell): { text: string; exposed: boolean } {
  const { handle, fragment, exposed } = arrived(location);
  if (handle) shell.handle = handle;
  const mended = `/m/${shell.handle}${fragment}`;
  if (fragment && location.pathname + location.search + location.hash !== mended) history.replaceState(history.state, '', mended);
  return { text: fragment, exposed };
}

/** The link secret stands in the fragment: in-page links must not overwrite it, and a new one means a new start. */
function keepFragment(app: App): void {
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
