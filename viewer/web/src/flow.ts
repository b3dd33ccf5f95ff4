// The way of a reader: link, code, message, reply. Each step shows a page; each failure has its page too.

import { draftHasWords, emptyDraft, problemOf, type App } from './app.ts';
import type { Problem } from './problem.ts';
import { closedPage } from './pages/closed.ts';
import { codePage } from './pages/code.ts';
import { endedPage } from './pages/ended.ts';
import { keyPage } from './pages/key.ts';
import { landingPage } from './pages/landing.ts';
import { messagePage } from './pages/message.ts';
import { openingPage } from './pages/opening.ts';
import { problemPage } from './pages/problem.ts';
import { replyPage } from './pages/reply.ts';
import { sentPage } from './pages/sent.ts';
import { forgetVisit, recallVisit, rememberVisit } from './visit.ts';
import { IdleWatch } from './idle.ts';
import type { ReplySent } from './protocol.ts';

type Step = 'landing' | 'code' | 'message' | 'reply' | 'sent';

export class Flow {
  private readonly idle: IdleWatch;

  constructor(readonly app: App) {
    this.idle = new IdleWatch({
      touch: () => void this.app.client.ask('touch').catch((error: unknown) => this.heard(problemOf(error))),
      ended: () => this.sessionEnded(),
    });
    window.addEventListener('popstate', (event) => this.back((event.state as { step?: Step } | null)?.step ?? 'landing'));
  }

  /** Takes over the link, then shows the landing page or goes on where this tab was. */
  async start(fragment: string): Promise<void> {
    try {
      await this.app.client.ask('link', { handle: this.app.shell.handle, fragment });
    } catch (error) {
      const problem = problemOf(error);
      if (problem.kind === 'bad-link') return this.app.show(keyPage(this));
      return this.app.show(problemPage(this, problem));
    }
    const visit = recallVisit(this.app.shell.handle);
    if (visit?.opened) return this.open(true);
    await this.arrive();
  }

  async startWithKey(messageKey: string): Promise<void> {
    await this.app.client.ask('key', { handle: this.app.shell.handle, messageKey });
    await this.arrive();
  }

  /** Asks who sent what; sends nothing to anybody and changes nothing (PROMISES A1). */
  async arrive(): Promise<void> {
    try {
      this.app.summary = await this.app.client.ask('summary');
    } catch (error) {
      return this.fail(error, () => this.arrive());
    }
    const { state } = this.app.summary;
    if (state !== 'open') return this.app.show(problemPage(this, { kind: state }));
    const visit = recallVisit(this.app.shell.handle);
    // The tab was thrown away while the reader looked for the code: go on with the code that was asked for.
    if (visit?.asked && !this.app.opened) {
      this.app.asked = visit.asked;
      this.app.show(landingPage(this));
      return this.step('code', () => this.app.show(codePage(this)));
    }
    this.app.show(landingPage(this));
  }

  /** Only ever called from a click. */
  async askForCode(): Promise<void> {
    this.app.asked = await this.app.client.ask('code');
    rememberVisit(this.app.shell.handle, { asked: this.app.asked });
  }

  showCode(): void {
    this.step('code', () => this.app.show(codePage(this)));
  }

  async verify(code: string): Promise<void> {
    await this.app.client.ask('verify', { code });
    rememberVisit(this.app.shell.handle, { opened: true });
    await this.open(false);
  }

  /** `resuming`: a session may still be open; without one this is an ordinary first visit. */
  async open(resuming: boolean): Promise<void> {
    const opening = openingPage(this);
    this.app.show(opening.page);
    // After a reload nobody has asked for the summary; it names the mailbox for the print sheet.
    const summary = this.app.summary ?? this.app.client.ask('summary').catch(() => null);
    try {
      this.app.opened = await this.app.client.ask('open', undefined, opening.progress);
    } catch (error) {
      const problem = problemOf(error);
      if (resuming && problem.kind === 'session-ended') {
        forgetVisit(this.app.shell.handle);
        return this.arrive();
      }
      return this.fail(error, () => this.open(resuming));
    }
    this.app.summary = await summary;
    this.idle.start();
    const replying = this.app.wasReplying;
    this.app.wasReplying = false;
    history.replaceState({ step: 'message' }, '');
    if (replying) return this.reply();
    this.message();
  }

  message(): void {
    this.app.show(messagePage(this));
  }

  reply(): void {
    this.step('reply', () => this.app.show(replyPage(this)));
  }

  sent(sent: ReplySent, to: string[]): void {
    this.app.draft = emptyDraft();
    history.replaceState({ step: 'sent' }, '');
    this.app.show(sentPage(this, sent, to));
  }

  async close(): Promise<void> {
    this.idle.stop();
    forgetVisit(this.app.shell.handle);
    this.forget();
    this.app.draft = emptyDraft();
    this.app.summary = null;
    // The secret leaves the address bar; the history of this tab keeps the page without it.
    history.replaceState({ step: 'landing' }, '', location.pathname);
    this.app.show(closedPage(this));
    await this.app.client.ask('close').catch(() => {});
  }

  sessionEnded(): void {
    this.idle.stop();
    forgetVisit(this.app.shell.handle);
    this.forget();
    this.app.show(endedPage(this, draftHasWords(this.app.draft)));
  }

  /** The page for a problem that ends what the reader was doing. */
  fail(error: unknown, again?: () => void | Promise<void>): void {
    const problem = problemOf(error);
    if (problem.kind === 'session-ended' || problem.kind === 'ask-first') return this.sessionEnded();
    if (problem.kind === 'damaged') {
      this.idle.stop();
      this.forget();
    }
    this.app.show(problemPage(this, problem, again));
  }

  /** Problems that reach over every page: true when they were dealt with here. */
  heard(problem: Problem): boolean {
    if (problem.kind !== 'session-ended' && problem.kind !== 'damaged') return false;
    if (problem.kind === 'session-ended') this.sessionEnded();
    else {
      this.idle.stop();
      this.forget();
      this.app.show(problemPage(this, problem));
    }
    return true;
  }

  private forget(): void {
    this.app.leave();
    this.app.opened = null;
  }

  /** A page that the browser's Back button can leave. */
  private step(step: Step, show: () => void): void {
    if ((history.state as { step?: Step } | null)?.step !== step) history.pushState({ step }, '');
    show();
  }

  private back(step: Step): void {
    const { opened, asked, summary } = this.app;
    if (opened) {
      if (step === 'reply') return this.app.show(replyPage(this));
      return this.message();
    }
    if (!summary) return;
    if (step === 'code' && asked) return this.app.show(codePage(this));
    if (step === 'landing' && summary.state === 'open') this.app.show(landingPage(this));
  }
}
