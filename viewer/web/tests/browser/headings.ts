// Headings in text that is twice as large.

import type { Page } from 'playwright-core';

/** Text of so many times its size, and nothing else. */
export const enlarge = (page: Page, times = 2) => page.evaluate((times) => void (document.documentElement.style.fontSize = `${times * 100}%`), times);

/**
 * Words of headings that stand on more than one line. A subject, an address or the name of a file is somebody else's, and
 * may be longer than any screen is wide.
 */
export const brokenWords = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    for (const heading of document.querySelectorAll('h1:not(.subject), h2, h3')) {
      if (heading.closest('.viewer-head, .nested, .calendar-words') || heading.matches('.course > h2')) continue;
      const texts = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const text = texts.currentNode as Text;
        for (const { 0: word, index } of text.data.matchAll(/[\p{L}\p{M}\p{N}’']+/gu)) {
          const range = document.createRange();
          range.setStart(text, index);
          range.setEnd(text, index + word.length);
          if (new Set(Array.from(range.getClientRects(), ({ top }) => Math.round(top))).size > 1) found.push(word);
        }
      }
    }
    return found;
  });
