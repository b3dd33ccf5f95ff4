// What the pages of a link and its code need of whoever shows them: a recipient's way, or the sender's.

import type { App } from '../app.ts';

export interface Asking {
  readonly app: App;
  /** Only ever called from a click, and for nobody's but a person's. */
  askForCode(click: Event): Promise<void>;
  showCode(): void;
  verify(code: string): Promise<void>;
  startWithKey(messageKey: string): Promise<void>;
  /** The page for a problem that ends what the reader was doing. */
  fail(error: unknown, again?: () => void | Promise<void>): void;
}

/** One that can also ask the sender for more time. */
export interface Wishing extends Asking {
  askMoreTime(click: Event): Promise<void>;
  /** Shows again what stood there. */
  stay(): void;
}

/** One that tells the sender of damage. */
interface Telling extends Asking {
  /** Whether the sender is told: not yet known, or refused. Null where there was no damage. */
  readonly toldDamage: Promise<void> | null;
}

export const canTell = (flow: Asking): flow is Telling => 'toldDamage' in flow;

export const canWish = (flow: Asking): flow is Wishing => 'askMoreTime' in flow;
