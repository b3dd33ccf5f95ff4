// Watches whether anybody is still there, and when the session ends in any case. Reading and typing do not reach the
// server, so signs of life are passed on, and their absence is asked about before the end.

import { button, el } from './dom.ts';
import { t, tn, type Key } from './texts.ts';

const MINUTE = 60_000;
const LOOK_EVERY = 15_000;
const SIGNS = ['keydown', 'pointerdown', 'wheel', 'touchstart', 'scroll'];

export interface Limits {
  idleMinutes: number;
  /** By this browser's clock. */
  endsAt: number;
}

export interface IdleEvents {
  /** Rejects when the server did not hear it. */
  touch(): Promise<unknown>;
  /** Something travels that the reader waits for. */
  busy(): boolean;
  ended(): void;
  /** What the two questions say, where nothing was opened and nothing written. */
  words?: { warn(minutes: number): string; ending(minutes: number): string };
}

export class IdleWatch {
  private timer = 0;
  private idle = 0;
  private endsAt = 0;
  private lastSign = 0;
  /** Until then at least, the server has heard of every sign. */
  private lastTouch = 0;
  private dialog: HTMLDialogElement | null = null;
  private toldOfEnd = false;

  constructor(private readonly events: IdleEvents) {}

  start({ idleMinutes, endsAt }: Limits): void {
    this.stop();
    this.idle = idleMinutes * MINUTE;
    this.endsAt = endsAt;
    this.toldOfEnd = false;
    this.lastSign = this.lastTouch = Date.now();
    for (const sign of SIGNS) window.addEventListener(sign, this.sign, { passive: true, capture: true });
    // By the clock, not by counting: a sleeping laptop counts nothing.
    this.timer = window.setInterval(() => this.look(Date.now()), LOOK_EVERY);
  }

  stop(): void {
    window.clearInterval(this.timer);
    for (const sign of SIGNS) window.removeEventListener(sign, this.sign, { capture: true });
    const { dialog } = this;
    this.dialog = null;
    dialog?.close();
    dialog?.remove();
  }

  private readonly sign = () => {
    // While the question stands, only its own dialog answers it.
    if (this.dialog) return;
    this.lastSign = Date.now();
    this.passOn(this.lastSign);
  };

  private look(now: number): void {
    if (this.events.busy()) this.lastSign = now;
    if (now - this.lastSign >= this.idle || now >= this.endsAt) {
      this.stop();
      this.events.ended();
      return;
    }
    // The last signs before a pause: without them the server's clock would run ahead of the one here.
    this.passOn(now);
    if (this.dialog) return;
    const lead = Math.min(2 * MINUTE, this.idle / 3);
    if (now >= this.endsAt - lead && !this.toldOfEnd) {
      this.toldOfEnd = true;
      this.tell('session.endingTitle', this.events.words?.ending(minutes(lead)) ?? tn('session.ending', minutes(lead)), 'session.ok');
    } else if (now - this.lastSign >= this.idle - lead) {
      this.tell('session.warnTitle', this.events.words?.warn(minutes(lead)) ?? tn('session.warn', minutes(lead)), 'session.stay');
    }
  }

  private passOn(now: number): void {
    if (this.lastSign > this.lastTouch && now - this.lastTouch > this.idle / 4) this.touch();
  }

  private tell(title: Key, words: string, answer: Key): void {
    const dialog = el('dialog', { class: 'dialog', 'aria-labelledby': 'idle-title', 'aria-describedby': 'idle-words' }, el('h2', { id: 'idle-title' }, t(title)), el('p', { id: 'idle-words' }, words), button(t(answer), () => dialog.close(), 'button button-main'));
    // Escape closes it as well, and whoever presses that is there.
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (this.dialog !== dialog) return;
      this.dialog = null;
      this.lastSign = Date.now();
      this.touch();
    });
    this.dialog = dialog;
    document.body.append(dialog);
    dialog.showModal();
  }

  private touch(): void {
    const before = this.lastTouch;
    this.lastTouch = Date.now();
    this.events.touch().catch(() => (this.lastTouch = Math.min(this.lastTouch, before)));
  }
}

const minutes = (time: number): number => Math.max(1, Math.round(time / MINUTE));
