// The script of `/s/…`: what became of a message, for who sent it. The link, the code and the session go the same way
// as a recipient's; nothing is opened here, so the worker never holds a seed.

import { App } from './app.ts';
import { canRun, keepFragment, readLink } from './begin.ts';
import { startWorker } from './client.ts';
import { listenToSwitch } from './language.ts';
import { checkingPage } from './pages/sender/landing.ts';
import { SenderFlow } from './sender-flow.ts';
import { readShell, type Shell } from './shell.ts';

const shell = readShell();
if (shell) begin(shell);

function begin(shell: Shell): void {
  if (!canRun(shell)) return;
  const { text } = readLink(shell, 's');
  const app = new App(shell, startWorker(shell.worker));
  const flow = new SenderFlow(app);
  keepFragment(app);
  listenToSwitch(shell, () => app.redraw());
  window.addEventListener('pagehide', (event) => event.persisted && flow.vanish());
  window.addEventListener('pageshow', (event) => event.persisted && location.reload());
  app.show(checkingPage);
  void flow.start(text);
}
