// What the pages share: the shell, the worker, what is known so far, and the way from page to page.

import type { Client } from './client.ts';
import { announce, together } from './dom.ts';
import { DraftKeeper } from './drafts.ts';
import { Failed, type Problem } from './problem.ts';
import type { LaterMessage } from './format/later.ts';
import type { Limits } from './idle.ts';
import type { CodeAsked, Opened, ReplySent, Sent, Summary } from './protocol.ts';
import { namesIn, type Shell } from './shell.ts';
import { spoken, t, type Values } from './texts.ts';

export interface Draft {
  text: string;
  files: File[];
  everyone: boolean;
}

export const nothingSent = (): Sent => ({ replies: [], unreadable: 0, unreached: false });

export const emptyDraft = (): Draft => ({ text: '', files: [], everyone: false });

export const draftHasWords = (draft: Draft): boolean => draft.text.trim() !== '' || draft.files.length > 0;

/** A page: its title, its content, and what to undo when it goes. */
export interface Page {
  title: string;
  content: (Node | null)[];
  leave?: () => void;
  /** What can only be done once it is there. */
  shown?: () => void;
  /** It goes by itself, soon: the foot of the page waits for the one after it, or it would jump. */
  passing?: true;
}

export type PageName = 'landing' | 'code' | 'message' | 'reply' | 'other';

export class App {
  summary: Summary | null = null;
  asked: CodeAsked | null = null;
  opened: Opened | null = null;
  draft: Draft = emptyDraft();
  readonly keeper: DraftKeeper;
  /** The replies that were sent with this link. */
  sent: Promise<Sent> = Promise.resolve(nothingSent());
  /** The later messages that the server tells of. */
  later: Promise<LaterMessage[]> = Promise.resolve([]);
  /** Settled when a draft of an earlier visit, if there is one, is back; how many of its files are not. */
  kept: Promise<{ saved: number; missing: number } | null> = Promise.resolve(null);
  /** The draft is not the reply that failed last: that one goes on where it stopped. */
  changed = true;
  /** A reply on its way. */
  sending: Promise<ReplySent> | null = null;
  session: Limits | null = null;
  /** *Close message* was pressed: nothing comes back into this page. */
  closed = false;
  /** When this page asked for a code. */
  askedAt: number | null = null;
  /** A filter pushed the link secret into the path. */
  exposed = false;
  /** The sender was asked for more time from this page. */
  askedMoreTime = false;
  /** Where the reader was when the session ended. */
  wasReplying = false;

  private current: Page | null = null;
  /** Makes the current page anew; null for one that only its own doings can go on with. */
  private again: (() => Page) | null = null;
  private acted = false;

  constructor(
    readonly shell: Shell,
    readonly client: Client,
  ) {
    this.keeper = new DraftKeeper(client, () => this.draft);
    const act = () => (this.acted = true);
    for (const event of ['click', 'submit']) shell.main.addEventListener(event, act, { capture: true, once: true });
    window.addEventListener('popstate', act, { once: true });
  }

  /** Values for the texts that name the organisation. */
  get who(): Values {
    return { ...namesIn(this.shell, spoken()), reference: this.summary?.reference || this.shell.reference };
  }

  /** A page that is given as its maker follows the reader into another language. */
  show(given: Page | (() => Page)): void {
    const page = typeof given === 'function' ? given() : given;
    this.again = typeof given === 'function' ? given : null;
    this.put(page);
    const heading = this.shell.main.querySelector('h1');
    // A page that came by itself was not asked for: focus stays where it is, with the skip link before everything.
    if (this.acted && heading) {
      window.scrollTo(0, 0);
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    announce('');
    page.shown?.();
  }

  /** Draws the page anew in the language that is spoken now. What was typed stays; so does the focus, on the switch. */
  redraw(): void {
    // A reply on its way, or a message being opened: the next page speaks the new language.
    if (!this.again || this.sending) return;
    const typed = fields(this.shell.main).map(({ id, value }) => [id, value] as const);
    const unfolded = details(this.shell.main).map(({ open }) => open);
    this.put(this.again());
    details(this.shell.main).forEach((one, index) => (one.open = unfolded[index] ?? false));
    for (const field of fields(this.shell.main)) field.value = typed.find(([id]) => id === field.id)?.[1] ?? field.value;
  }

  private put(page: Page): void {
    this.current?.leave?.();
    this.current = page;
    this.title(page.title);
    fill(this.shell.main, page, this.who);
  }

  /** Typesets what is said in a page that stands already as the page was: its help line can be called. */
  set(element: HTMLElement): void {
    set(element, this.who);
  }

  title(title: string, error = false): void {
    document.title = `${error ? t('error.prefix') : ''}${title} – ${String(this.who.organisation)}`;
  }

  /** Leaves the current page's doings (timers, frames, object URLs) without showing another yet. */
  leave(): void {
    this.current?.leave?.();
    this.current = this.again = null;
  }
}

const set = (element: HTMLElement, { phone, tel, reference }: Values) => together(element, [reference], { phone: String(phone ?? ''), tel: String(tel ?? '') });

/** Puts a page into its place between head and foot. */
export function fill(main: HTMLElement, { content, passing }: Page, who: Values): void {
  main.replaceChildren(...content.filter((node): node is Node => node !== null));
  set(main, who);
  document.querySelector('.site-foot')?.classList.toggle('site-foot-stays', !passing);
}

const fields = (main: HTMLElement) => Array.from(main.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input[type=text], textarea')).filter(({ id, readOnly }) => id && !readOnly);

const details = (main: HTMLElement) => Array.from(main.querySelectorAll('details'));

export const problemOf = (error: unknown): Problem => (error instanceof Failed ? error.problem : { kind: 'unsupported' });
