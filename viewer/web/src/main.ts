// The page's script: reads the shell and the link, starts the worker, and hands over to the flow.

import { App, draftHasWords } from './app.ts';
import { canRun, keepFragment, readLink } from './begin.ts';
import { startWorker } from './client.ts';
import { Flow } from './flow.ts';
import { listenToSwitch } from './language.ts';
import { checkingPage } from './pages/landing.ts';
import { readShell, type Shell } from './shell.ts';

const shell = readShell();
if (shell) begin(shell);

function begin(shell: Shell): void {
  if (!canRun(shell)) return;
  const fragment = readLink(shell, 'm');
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
