// The way of a reader: link, code, message, reply. Each step shows a page; each failure has its page too.

import { draftHasWords, emptyDraft, nothingSent, problemOf, type App } from './app.ts';
import { Failed, type Problem } from './problem.ts';
import { closedPage } from './pages/closed.ts';
import { codePage } from './pages/code.ts';
import { question } from './dialog.ts';
import { warmFrame } from './frame.ts';
import { endedPage, type DraftKept } from './pages/ended.ts';
import { keyPage } from './pages/key.ts';
import { landingPage } from './pages/landing.ts';
import { messagePage } from './pages/message.ts';
import { openingPage } from './pages/opening.ts';
import { problemPage } from './pages/problem.ts';
import { replyPage } from './pages/reply.ts';
import { sentPage } from './pages/sent.ts';
import { follow, languageForMails } from './language.ts';
import type { Language } from './texts.ts';
import { forgetVisit, recallVisit, rememberVisit } from './visit.ts';
import { IdleWatch } from './idle.ts';
import { t, tn } from './texts.ts';
import type { Opened, Progress, Summary } from './protocol.ts';

type Step = 'landing' | 'code' | 'message' | 'reply' | 'sent' | 'closed';

/** Where no answer said otherwise: what every server of ours is delivered with. */
const IDLE_MINUTES = 20;

export class Flow {
  private readonly idle: IdleWatch;
  /** The session ends because the message does. */
  private endsWithMessage = false;
  /** A question about closing. */
  private asking: HTMLDialogElement | null = null;
  private toldExposed = false;
  /** Under way, or done, or refused; null while there was no damage. */
  toldDamage: Promise<void> | null = null;
  private warm = false;

  constructor(readonly app: App) {
    this.idle = new IdleWatch({
      touch: () => {
        const { opened } = this.app;
        const told = this.app.client.ask('touch');
        told.catch((error: unknown) => this.heard(problemOf(error), opened));
        return told;
      },
      busy: () => this.app.sending !== null,
      ended: () => this.sessionEnded(),
      words: {
        warn: (left) => tn('session.warn', left),
        ending: (left) => tn(this.endsWithMessage ? 'session.messageEnding' : 'session.ending', left),
      },
    });
    window.addEventListener('popstate', (event) => this.back(event.state as { step?: Step } | null));
    // Tells the entries of this page from those that a link in the address bar makes.
    if (history.state === null) history.replaceState({ step: 'landing' }, '');
  }

  /** Takes over the link, then shows the landing page or goes on where this tab was. */
  async start(fragment: string): Promise<void> {
    try {
      await this.app.client.ask('link', { handle: this.app.shell.handle, fragment });
    } catch (error) {
      const problem = problemOf(error);
      if (problem.kind === 'bad-link') return this.app.show(() => keyPage(this));
      return this.app.show(() => problemPage(this, problem));
    }
    this.tellExposed();
    const visit = recallVisit(this.app.shell.handle);
    if (visit?.opened) {
      this.app.session = visit.session ?? null;
      return this.open(true);
    }
    await this.arrive();
  }

  async startWithKey(messageKey: string): Promise<void> {
    await this.app.client.ask('key', { handle: this.app.shell.handle, messageKey });
    this.tellExposed();
    await this.arrive();
  }

  /** Once is enough, and nothing waits for it; what failed is told again with the next step. */
  private tellExposed(): void {
    if (!this.app.exposed || this.toldExposed) return;
    this.toldExposed = true;
    this.app.client.ask('exposed').catch(() => (this.toldExposed = false));
  }

  /** Asks who sent what; sends nothing to anybody and changes nothing (PROMISES A1). */
  async arrive(): Promise<void> {
    try {
      this.app.summary = await this.app.client.ask('summary');
    } catch (error) {
      return this.fail(error, () => this.arrive());
    }
    const { state, language } = this.app.summary;
    follow(this.app.shell, language);
    if (state !== 'open') return this.app.show(() => problemPage(this, { kind: state }));
    const visit = recallVisit(this.app.shell.handle);
    // The tab was thrown away while the reader looked for the code: go on with the code that was asked for.
    if (visit?.asked && !this.app.opened) {
      this.app.asked = visit.asked;
      this.app.show(() => landingPage(this));
      return this.showCode();
    }
    this.app.show(() => landingPage(this));
  }

  /** Only ever called from a click, and for nobody's but a person's: programs that try links press buttons too. */
  async askForCode(click: Event): Promise<void> {
    if (!click.isTrusted) throw new Failed('by-program');
    // Without the cookie no code would ever work; each would be one less for today.
    if (!navigator.cookieEnabled) throw new Failed('no-cookies');
    this.tellExposed();
    this.app.asked = await this.app.client.ask('code', { language: languageForMails() });
    this.app.askedAt = Date.now();
    rememberVisit(this.app.shell.handle, { asked: this.app.asked });
  }

  /** Like a code, for a person's press only: nobody who tries links by program closes one. */
  async disown(click: Event): Promise<void> {
    if (!click.isTrusted) throw new Failed('by-program');
    await this.app.client.ask('disown');
    const { app } = this;
    this.idle.stop();
    app.keeper.forget();
    forgetVisit(app.shell.handle);
    this.forget();
    app.draft = emptyDraft();
    if (app.summary) app.summary.state = 'disowned';
    app.show(() => problemPage(this, { kind: 'disowned' }));
  }

  /** The same, and what it brings about is one mail to the sender. */
  async askMoreTime(click: Event): Promise<void> {
    if (!click.isTrusted) throw new Failed('by-program');
    await this.app.client.ask('moreTime');
    this.app.askedMoreTime = true;
  }

  /** The page that a side way was taken from. */
  stay(): void {
    if (this.app.opened) return this.message();
    void this.arrive();
  }

  /** A question stands over the page until it is answered or the page goes. */
  asks(dialog: HTMLDialogElement): void {
    this.asking?.close();
    this.asking = dialog;
  }

  /** The switch was pressed. Without a session nothing is kept here: the next code carries it along. */
  turned(language: Language): void {
    const { app } = this;
    app.redraw();
    if (app.opened) app.client.ask('language', { language }).catch((error: unknown) => this.heard(problemOf(error), app.opened));
  }

  showCode(): void {
    this.step('code', () => this.app.show(() => codePage(this)));
    this.warmUp();
  }

  /** The reader looks for the code now, which takes longer than this; the press that follows is waited for. */
  private warmUp(): void {
    if (this.warm) return;
    this.warm = true;
    void this.app.client.ask('warmUp').catch(() => {});
    // Behind the page of the code, which is to be drawn first.
    window.setTimeout(warmFrame, 200);
  }

  async verify(code: string): Promise<void> {
    const verified = await this.app.client.ask('verify', { code });
    this.app.session = { idleMinutes: verified.idle_minutes, endsAt: Date.now() + verified.ends_in };
    rememberVisit(this.app.shell.handle, { opened: true, session: this.app.session });
    await this.open(false);
  }

  /** `resuming`: a session may still be open; without one this is an ordinary first visit. */
  async open(resuming: boolean): Promise<void> {
    const opening = openingPage(this);
    // Asked for before the page is drawn: drawing takes as long as half a round trip.
    const opened = this.app.client.ask('open', undefined, opening.progress);
    opened.catch(() => {});
    this.app.show(opening.page);
    // After a reload nobody has asked for the summary; it names the mailbox for the print sheet.
    const summary = this.app.summary ?? this.app.client.ask('summary').catch(() => null);
    try {
      this.app.opened = await opened;
    } catch (error) {
      const problem = problemOf(error);
      if (resuming && problem.kind === 'session-ended') {
        forgetVisit(this.app.shell.handle);
        return this.arrive();
      }
      return this.fail(error, () => this.open(resuming));
    }
    this.app.summary = await summary;
    this.watch(this.app.opened);
    this.app.kept = this.recallDraft();
    this.recallSent();
    this.askForLater();
    const replying = this.app.wasReplying;
    this.app.wasReplying = false;
    history.replaceState({ step: 'message' }, '');
    if (replying) return this.reply();
    this.message();
  }

  /** A draft of an earlier visit. What stands in the page already is newer. */
  private async recallDraft(): Promise<{ saved: number; missing: number } | null> {
    const { app } = this;
    if (draftHasWords(app.draft)) return null;
    const saved = await app.client.ask('loadDraft').catch(() => null);
    if (!saved || draftHasWords(app.draft)) return null;
    app.draft = app.keeper.adopt(saved);
    return { saved: saved.saved, missing: saved.missing };
  }

  private recallSent(): void {
    const { opened } = this.app;
    this.app.sent = this.app.client.ask('sentReplies').catch((error: unknown) => {
      this.heard(problemOf(error), opened);
      return nothingSent();
    });
  }

  /** A page without the hint is as good: what cannot be asked is not said. */
  private askForLater(): void {
    const { opened } = this.app;
    this.app.later = this.app.client.ask('laterMessages').catch((error: unknown) => {
      this.heard(problemOf(error), opened);
      return [];
    });
  }

  /** Nothing of the draft is left, here or on the device. */
  dropDraft(): void {
    const { app } = this;
    app.draft = emptyDraft();
    app.changed = true;
    app.kept = Promise.resolve(null);
    app.keeper.forget();
    void app.client.ask('saveDraft', { at: Date.now(), text: '', everyone: false, files: [] }).catch(() => {});
  }

  message(): void {
    this.app.show(() => messagePage(this));
  }

  /** `refused`: why the last try failed. */
  reply(refused?: Problem): void {
    this.step('reply', () => this.app.show(() => replyPage(this, refused)));
  }

  /** One reply at a time, whatever page the reader is on when its answer comes. */
  async send(to: string[], progress: (progress: Progress) => void): Promise<void> {
    const { app } = this;
    if (app.sending) return;
    const { opened, draft } = app;
    const again = !app.changed;
    app.changed = false;
    void app.keeper.save();
    app.sending = app.client.ask('reply', { reply: { to, text: draft.text, files: draft.files }, again }, progress);
    try {
      const sent = await app.sending;
      app.sending = null;
      app.changed = true;
      app.draft = emptyDraft();
      app.kept = Promise.resolve(null);
      app.keeper.forget();
      if (app.closed) return;
      this.recallSent();
      if (app.opened) history.replaceState({ step: 'sent' }, '');
      app.wasReplying = false;
      app.show(() => sentPage(this, sent, to));
    } catch (error) {
      app.sending = null;
      const problem = problemOf(error);
      if (!['offline', 'server', 'slow-down', 'session-ended'].includes(problem.kind)) app.changed = true;
      if (!this.heard(problem, opened)) this.reply(problem);
    }
  }

  /** Asks first where a draft would go with the message. */
  close(): void {
    if (!draftHasWords(this.app.draft)) return this.closeNow();
    const dialog = question(
      t('draft.closeTitle'),
      t('draft.close'),
      { label: t('draft.closeBack'), act: () => this.reply(), main: true },
      { label: t('draft.closeAnyway'), act: () => this.closeNow() },
    );
    // Escape leaves everything as it is.
    this.asking = dialog;
  }

  private closeNow(): void {
    this.idle.stop();
    this.app.keeper.forget();
    forgetVisit(this.app.shell.handle);
    this.forget();
    this.app.draft = emptyDraft();
    this.app.summary = null;
    this.app.closed = true;
    this.withoutSecret();
    // Asked once, however often the page is drawn; a failure may be tried again.
    let signedOut: Promise<void> | null = null;
    const signOut = () => {
      signedOut ??= this.app.client.ask('close').then(
        // Nothing is left for the worker to do, and what it knew goes with it.
        () => this.app.client.end(),
        (error: unknown) => {
          signedOut = null;
          throw error;
        },
      );
      return signedOut;
    };
    this.app.show(() => closedPage(signOut));
  }

  /** Here by the clock, or because the server said so. */
  sessionEnded(byServer = false): void {
    this.idle.stop();
    forgetVisit(this.app.shell.handle);
    const { keeper } = this.app;
    const saving = keeper.save();
    this.forget();
    // The worker forgets by itself what the server has ended.
    if (!byServer) void this.app.client.ask('forget').catch(() => {});
    const keeping = saving.then(() => this.draftKept());
    let stands = false;
    this.app.show(() => ((stands = true), { ...endedPage(this, keeping), leave: () => (stands = false) }));
    // No code opens again what is withdrawn or over, and no draft comes back then.
    const now = this.app.client.ask('summary');
    now.then((summary) => stands && summary.state !== 'open' && this.over(summary), () => {});
  }

  private over(summary: Summary): void {
    const { state } = summary;
    if (state === 'open') return;
    this.app.summary = summary;
    this.app.show(() => problemPage(this, { kind: state }));
  }

  private draftKept(): DraftKept {
    if (!draftHasWords(this.app.draft)) return 'none';
    return this.app.keeper.isKept ? 'device' : 'page';
  }

  /** The page for a problem that ends what the reader was doing. */
  fail(error: unknown, again?: () => void | Promise<void>): void {
    const problem = problemOf(error);
    if (problem.kind === 'ask-first' && this.justAsked()) return this.app.show(() => problemPage(this, { kind: 'no-cookies' }));
    if (problem.kind === 'session-ended' || problem.kind === 'ask-first') return this.sessionEnded(true);
    if (problem.kind === 'damaged') return this.damaged(problem);
    this.app.show(() => problemPage(this, problem, again));
  }

  /**
   * Problems that reach over every page: true when there is nothing more to say about them. What comes late, about a
   * message that is closed by now, is none.
   */
  heard(problem: Problem, of: Opened | null): boolean {
    if (of === null || of !== this.app.opened) return true;
    if (problem.kind === 'session-ended') this.sessionEnded(true);
    else if (problem.kind === 'damaged') this.damaged(problem);
    else return false;
    return true;
  }

  /**
   * The browser puts the page away as it stands, to bring it back on *Back*. Nothing of the message may lie there: the
   * page goes now, and the worker as soon as the draft is kept. Coming back is a new start.
   */
  vanish(): void {
    this.idle.stop();
    const saving = this.app.keeper.save();
    this.forget();
    this.app.shell.main.replaceChildren();
    for (const dialog of Array.from(document.querySelectorAll('dialog'))) dialog.remove();
    void saving.finally(() => this.app.client.end());
  }

  private damaged(problem: Problem): void {
    this.idle.stop();
    this.forget();
    this.toldDamage = this.app.client.ask('damaged');
    this.toldDamage.catch(() => {});
    this.app.show(() => problemPage(this, problem));
  }

  private watch(opened: Opened): void {
    const { session } = this.app;
    const sessionEnds = session?.endsAt ?? Infinity;
    const messageEnds = Date.now() + opened.ends_in;
    this.endsWithMessage = messageEnds <= sessionEnds;
    this.idle.start({
      idleMinutes: opened.idle_minutes ?? session?.idleMinutes ?? IDLE_MINUTES,
      endsAt: Math.min(sessionEnds, messageEnds),
    });
  }

  /** The code that was asked for here could still be typed: it is not age that this browser's cookie died of. */
  private justAsked(): boolean {
    const { asked, askedAt } = this.app;
    return asked !== null && askedAt !== null && Date.now() < askedAt + asked.valid_minutes * 60_000;
  }

  /** The secret leaves the address bar and this entry of the history. */
  private withoutSecret(): void {
    history.replaceState({ step: 'closed' }, '', location.pathname);
  }

  private forget(): void {
    this.app.sent = Promise.resolve(nothingSent());
    this.app.later = Promise.resolve([]);
    this.asking?.close();
    this.asking = null;
    this.app.leave();
    this.app.opened = null;
  }

  /** A page that the browser's Back button can leave. */
  private step(step: Step, show: () => void): void {
    if ((history.state as { step?: Step } | null)?.step !== step) history.pushState({ step }, '');
    show();
  }

  private back(state: { step?: Step } | null): void {
    const { opened, asked, summary } = this.app;
    if (this.app.closed) {
      if (state !== null) this.withoutSecret();
      return;
    }
    // The page of a reply that is on its way stays until it is known what became of it.
    if (this.app.sending) return history.pushState({ step: 'reply' }, '');
    const step = state?.step ?? 'landing';
    if (opened) {
      if (step === 'reply') return this.app.show(() => replyPage(this));
      return this.message();
    }
    if (!summary) return;
    if (step === 'code' && asked) return this.app.show(() => codePage(this));
    if (step === 'landing' && summary.state === 'open') this.app.show(() => landingPage(this));
  }
}
