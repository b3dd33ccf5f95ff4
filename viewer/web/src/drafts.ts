// Keeps the draft of a reply: every ten seconds while it changes, when the page goes out of sight, and when the
// session ends. The worker seals it; here is only when.

import type { Draft } from './app.ts';
import type { Client } from './client.ts';
import type { SavedDraft } from './protocol.ts';
import { t } from './texts.ts';
import { clock } from './words.ts';

const EVERY = 10_000;

export class DraftKeeper {
  private readonly ids = new WeakMap<File, string>();
  private nextId = 0;
  private timer = 0;
  private dirty = false;
  private saved: number | null = null;
  private failed = false;
  private saving: Promise<void> = Promise.resolve();
  private listener: ((words: string, first: boolean) => void) | null = null;

  constructor(
    private readonly client: Client,
    private readonly draft: () => Draft,
  ) {
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && void this.save());
    window.addEventListener('pagehide', () => void this.save());
  }

  /** The draft on this device is what stands in the page. */
  get isKept(): boolean {
    return !this.dirty && !this.failed && this.saved !== null;
  }

  changed(): void {
    this.dirty = true;
    if (this.timer === 0) this.timer = window.setInterval(() => void this.save(), EVERY);
  }

  /** Settled when all that was written so far is kept, or cannot be. */
  save(): Promise<void> {
    if (this.dirty) this.saving = this.saving.then(() => this.saveNow());
    return this.saving;
  }

  private async saveNow(): Promise<void> {
    if (!this.dirty) return;
    this.dirty = false;
    const { text, everyone, files } = this.draft();
    const first = this.saved === null;
    try {
      const at = Date.now();
      await this.client.ask('saveDraft', { at, text, everyone, files: files.map((file) => ({ id: this.idOf(file), file })) });
      this.saved = at;
      this.failed = false;
    } catch {
      this.failed = true;
    }
    this.listener?.(this.words, first);
  }

  /** What was kept before comes back into the page. */
  adopt(saved: SavedDraft): Draft {
    this.saved = saved.saved;
    for (const { id, file } of saved.files) this.ids.set(file, id);
    return { text: saved.text, everyone: saved.everyone, files: saved.files.map(({ file }) => file) };
  }

  /** Nothing of it is to be kept any more. */
  forget(): void {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.dirty = this.failed = false;
    this.saved = null;
  }

  /** Says who hears of each saving; `first` is worth saying aloud. */
  tell(listener: ((words: string, first: boolean) => void) | null): void {
    this.listener = listener;
  }

  get words(): string {
    if (this.failed) return t('draft.notSaved');
    return this.saved === null ? t('draft.willBe') : t('draft.saved', { time: clock(new Date(this.saved)) });
  }

  private idOf(file: File): string {
    let id = this.ids.get(file);
    if (!id) {
      // Unlike those of an earlier visit to this draft.
      id = `${Date.now().toString(36)}-${this.nextId++}`;
      this.ids.set(file, id);
    }
    return id;
  }
}
