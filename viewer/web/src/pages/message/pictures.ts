// The pictures that stand in the body: the HTML names them by Content-ID. The small ones came with the view, the
// others are fetched after it. What is not shown there, for whatever reason, is listed as an attachment.

import { toBase64 } from '../../format/bytes.ts';
import type { Letter } from '../../format/view.ts';
import { shownAs } from '../../words.ts';

/** Pictures of the message above this size are left to *Download*: a data: URL of them would stall a phone. */
const INLINE_LIMIT = 8_000_000;

interface Picture {
  index: number;
  type: string;
  /** A data: URL; null until it was fetched. */
  url: string | null;
  /** The HTML has a place for it. */
  named: boolean;
}

export class InlinePictures {
  private readonly byId = new Map<string, Picture>();

  constructor(letter: Letter) {
    if (letter.html === null) return;
    let toFetch = 0;
    letter.parts.forEach(({ index, content_id: id, type, data, inline, size }) => {
      // Of two parts with one Content-ID, the first is meant.
      if (!id || shownAs(type) !== 'picture' || this.byId.has(id)) return;
      if (data === null) {
        if (inline && (toFetch += size) <= INLINE_LIMIT) this.byId.set(id, { index, type, url: null, named: false });
      } else if (/^[A-Za-z0-9+/]*={0,2}$/.test(data)) {
        this.byId.set(id, { index, type, url: `data:${type};base64,${data}`, named: false });
      }
    });
  }

  find(contentId: string): string | null {
    const picture = this.byId.get(contentId);
    if (!picture) return null;
    picture.named = true;
    return picture.url;
  }

  /** The parts that stand in the body or are about to, by index. Known once the body was drawn. */
  get inBody(): Set<number> {
    return new Set([...this.byId.values()].filter(({ named }) => named).map(({ index }) => index));
  }

  /** Gives true when there is something new to draw. `lost` hears of each that did not come, and says whether to go on. */
  async fetchRest(fetch: (index: number) => Promise<ArrayBuffer>, lost: (index: number, error: unknown) => boolean): Promise<boolean> {
    let any = false;
    for (const picture of this.byId.values()) {
      if (!picture.named || picture.url !== null) continue;
      try {
        picture.url = `data:${picture.type};base64,${toBase64(new Uint8Array(await fetch(picture.index)))}`;
        any = true;
      } catch (error) {
        if (!lost(picture.index, error)) return false;
      }
    }
    return any;
  }
}
