// The way of a sender: link, code, what became of the message. Each step shows a page; each failure has its page too.

import { problemOf, type App } from './app.ts';
import { question } from './dialog.ts';
import { announce } from './dom.ts';
import { IdleWatch } from './idle.ts';
import type { Asking } from './pages/asking.ts';
import { codePage } from './pages/code.ts';
import { keyPage } from './pages/key.ts';
import { save } from './pages/message/save.ts';
import { senderClosedPage } from './pages/sender/closed.ts';
import { senderEndedPage } from './pages/sender/ended.ts';
import { senderLandingPage } from './pages/sender/landing.ts';
import { evidence } from './pages/sender/evidence.ts';
import { senderProblemPage } from './pages/sender/problem.ts';
import { t, tn } from './pages/sender/texts.ts';
import { timelinePage } from './pages/sender/timeline.ts';
import type { RecipientTimeline, Timeline } from './protocol.ts';
import { Failed } from './problem.ts';
import { forgetVisit, recallVisit, rememberVisit } from './visit.ts';
import { clock } from './words.ts';

export class SenderFlow implements Asking {
  timeline: Timeline | null = null;
  private readonly idle: IdleWatch;
  private asking: HTMLDialogElement | null = null;

  constructor(readonly app: App) {
    this.idle = new IdleWatch({
      touch: () => {
        const told = this.app.client.ask('touch');
        told.catch((error: unknown) => problemOf(error).kind === 'session-ended' && this.timeline && this.sessionEnded(true));
        return told;
      },
      busy: () => false,
      ended: () => this.sessionEnded(),
      words: { warn: (minutes) => tn('sender.warn', minutes), ending: (minutes) => tn('sender.ending', minutes) },
    });
  }

  /** Takes over the link, then shows the landing page or goes on where this tab was. */
  async start(fragment: string): Promise<void> {
    try {
      await this.app.client.ask('link', { handle: this.app.shell.handle, fragment, side: 's' });
    } catch (error) {
      if (problemOf(error).kind === 'bad-link') return this.app.show(() => keyPage(this));
      return this.fail(error);
    }
    if (recallVisit(this.app.shell.handle)?.opened) return this.open(true);
    await this.arrive();
  }

  async startWithKey(messageKey: string): Promise<void> {
    await this.app.client.ask('key', { handle: this.app.shell.handle, messageKey, side: 's' });
    await this.arrive();
  }

  /** Sends nothing to anybody and changes nothing (PROMISES A1). */
  private async arrive(): Promise<void> {
    try {
      // A sender's link is open as long as it is there.
      this.app.summary = { ...(await this.app.client.ask('summary')), state: 'open' };
    } catch (error) {
      return this.fail(error, () => this.arrive());
    }
    const visit = recallVisit(this.app.shell.handle);
    if (visit?.asked) {
      this.app.asked = visit.asked;
      return this.showCode();
    }
    this.app.show(() => senderLandingPage(this));
  }

  async askForCode(click: Event): Promise<void> {
    if (!click.isTrusted) throw new Failed('by-program');
    if (!navigator.cookieEnabled) throw new Failed('no-cookies');
    this.app.asked = await this.app.client.ask('code', { language: null });
    this.app.askedAt = Date.now();
    rememberVisit(this.app.shell.handle, { asked: this.app.asked });
  }

  showCode(): void {
    this.app.show(() => codePage(this));
  }

  async verify(code: string): Promise<void> {
    await this.app.client.ask('verify', { code });
    rememberVisit(this.app.shell.handle, { opened: true });
    await this.open(false);
  }

  /** `resuming`: a session may still be open; without one this is an ordinary first visit. */
  private async open(resuming: boolean): Promise<void> {
    try {
      this.take(await this.app.client.ask('timeline'));
    } catch (error) {
      if (resuming && problemOf(error).kind === 'session-ended') {
        forgetVisit(this.app.shell.handle);
        return this.arrive();
      }
      return this.fail(error, () => this.open(resuming));
    }
    this.app.show(() => timelinePage(this));
  }

  private take(timeline: Timeline): void {
    this.timeline = timeline;
    this.idle.start({ idleMinutes: timeline.idle_minutes, endsAt: Date.now() + timeline.ends_in });
  }

  /** Looks again, and shows it in place. */
  async refresh(): Promise<void> {
    try {
      const timeline = await this.app.client.ask('timeline');
      // It may have been closed meanwhile.
      if (!this.timeline) return;
      this.take(timeline);
    } catch (error) {
      return this.fail(error, () => this.app.show(() => timelinePage(this)));
    }
    this.app.show(() => timelinePage(this));
    announce(t('sender.checked', { time: clock(new Date(this.timeline.checked_at)) }));
  }

  async extend(): Promise<void> {
    try {
      const timeline = await this.app.client.ask('extend');
      if (!this.timeline) return;
      this.take(timeline);
    } catch (error) {
      return this.fail(error, () => this.refresh());
    }
    this.app.show(() => timelinePage(this));
    announce(t('sender.extended'));
  }

  /** Refused or not, the page then says when it may be asked again. */
  async remind(one: RecipientTimeline): Promise<void> {
    try {
      const timeline = await this.app.client.ask('remind', { recipient: one.id });
      if (!this.timeline) return;
      this.take(timeline);
    } catch (error) {
      const { kind } = problemOf(error);
      return kind === 'reminded-already' || kind === 'reminded-enough' ? this.refresh() : this.fail(error, () => this.refresh());
    }
    this.app.show(() => timelinePage(this));
    const asked = (timeline: Timeline | null) => timeline?.recipients.find(({ id }) => id === one.id)?.reminders_asked_at.length ?? 0;
    // Who opened it a moment ago is not reminded any more.
    if (asked(this.timeline) > one.reminders_asked_at.length) announce(t(one.can_be_reminded === 'notice' ? 'sender.retried' : 'sender.reminded'));
  }

  evidence(): void {
    const { timeline } = this;
    if (timeline) save(JSON.stringify(evidence(timeline, location.origin), null, 2), t('sender.evidenceName', { reference: timeline.reference }));
  }

  /** Asks once, then takes the message back from one recipient, or from all where it is null. No way leads back. */
  askToWithdraw(recipient: RecipientTimeline | null): void {
    this.asking = question(
      t('sender.confirmTitle'),
      recipient ? t('sender.confirmOne', { address: recipient.address }) : t('sender.confirmAll'),
      { label: t('sender.confirmKeep'), main: true },
      { label: t('sender.confirmDo'), act: () => void this.withdraw(recipient?.id ?? null) },
    );
  }

  private async withdraw(recipient: string | null): Promise<void> {
    announce(t('sender.withdrawing'));
    try {
      const timeline = await this.app.client.ask('withdraw', { recipient });
      if (!this.timeline) return;
      this.take(timeline);
    } catch (error) {
      return this.fail(error, () => this.refresh());
    }
    this.app.show(() => timelinePage(this));
  }

  close(): void {
    this.leave();
    this.app.summary = null;
    this.app.closed = true;
    // The secret leaves the address bar and this entry of the history.
    history.replaceState({ step: 'closed' }, '', location.pathname);
    let signedOut: Promise<void> | null = null;
    const signOut = () => {
      signedOut ??= this.app.client.ask('close').then(
        () => this.app.client.end(),
        (error: unknown) => {
          signedOut = null;
          throw error;
        },
      );
      return signedOut;
    };
    this.app.show(() => senderClosedPage(signOut));
  }

  private sessionEnded(byServer = false): void {
    this.leave();
    if (!byServer) void this.app.client.ask('forget').catch(() => {});
    this.app.show(() => senderEndedPage(this));
  }

  /** The page for a problem that ends what the sender was doing. */
  fail(error: unknown, again?: () => void | Promise<void>): void {
    const problem = problemOf(error);
    if (problem.kind === 'session-ended' || problem.kind === 'ask-first') return this.sessionEnded(true);
    this.app.show(() => senderProblemPage(this, problem, again));
  }

  /** The browser puts the page away as it stands: nobody's name may lie there. */
  vanish(): void {
    this.leave();
    this.app.shell.main.replaceChildren();
    this.app.client.end();
  }

  /** What stood here goes. */
  private leave(): void {
    this.idle.stop();
    forgetVisit(this.app.shell.handle);
    this.asking?.close();
    this.asking = null;
    this.app.leave();
    this.timeline = null;
  }
}
