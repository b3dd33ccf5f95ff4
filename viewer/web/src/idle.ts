// Watches whether anybody is still there. The server ends a session after 20 idle minutes; reading and typing do not
// reach the server, so signs of life are passed on, and their absence is asked about two minutes before the end.

import { button, el } from './dom.ts';
import { t } from './texts.ts';

const MINUTE = 60_000;
const WARN_AFTER = 18 * MINUTE;
const END_AFTER = 20 * MINUTE;
const TOUCH_EVERY = 5 * MINUTE;
const LOOK_EVERY = 15_000;
const SIGNS = ['keydown', 'pointerdown', 'wheel', 'touchstart', 'scroll'];

export interface IdleEvents {
  touch(): void;
  ended(): void;
}

export class IdleWatch {
  private timer = 0;
  private lastSign = 0;
  private lastTouch = 0;
  private dialog: HTMLDialogElement | null = null;

  constructor(private readonly events: IdleEvents) {}

  start(): void {
    this.stop();
    this.lastSign = this.lastTouch = Date.now();
    for (const sign of SIGNS) window.addEventListener(sign, this.sign, { passive: true, capture: true });
    // By the clock, not by counting: a sleeping laptop counts nothing.
    this.timer = window.setInterval(() => this.look(Date.now()), LOOK_EVERY);
  }

  stop(): void {
    window.clearInterval(this.timer);
    for (const sign of SIGNS) window.removeEventListener(sign, this.sign, { capture: true });
    this.closeDialog();
  }

  private readonly sign = () => {
    // While the question stands, only its own button answers it.
    if (this.dialog) return;
    this.lastSign = Date.now();
    if (this.lastSign - this.lastTouch > TOUCH_EVERY) this.touch();
  };

  private look(now: number): void {
    const idle = now - this.lastSign;
    if (idle >= END_AFTER) {
      this.stop();
      this.events.ended();
    } else if (idle >= WARN_AFTER && !this.dialog) {
      this.warn();
    }
  }

  private warn(): void {
    const stay = button(t('session.stay'), () => {
      this.closeDialog();
      this.lastSign = Date.now();
      this.touch();
    });
    this.dialog = el('dialog', { class: 'dialog', 'aria-labelledby': 'idle-title' }, el('h2', { id: 'idle-title' }, t('session.warn')), el('p', {}, t('session.warn1')), stay);
    this.dialog.addEventListener('cancel', (event) => event.preventDefault());
    document.body.append(this.dialog);
    this.dialog.showModal();
  }

  private touch(): void {
    this.lastTouch = Date.now();
    this.events.touch();
  }

  private closeDialog(): void {
    this.dialog?.close();
    this.dialog?.remove();
    this.dialog = null;
  }
}
