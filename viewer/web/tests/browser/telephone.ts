// The help line on a page.

import type { Page } from 'playwright-core';

/** Where its number stands and cannot be called. */
export const loosePhones = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const loose: string[] = [];
    while (texts.nextNode()) {
      const { data, parentElement } = texts.currentNode as Text;
      if (data.replace(/\u00a0/g, ' ').includes('01632 960000') && !parentElement?.closest('a[href="tel:01632960000"], .paper, button, noscript')) loose.push(data);
    }
    return [...loose, ...(document.querySelector('.site-foot a[href="tel:01632960000"]') ? [] : ['the foot'])];
  });
