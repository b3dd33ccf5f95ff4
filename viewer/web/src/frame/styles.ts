// Keeps the harmless part of a mail's style sheets and `style` attributes.
//
// The frame inherits the page's policy, under which inline style attributes do nothing. So every declaration is read
// by the browser's own parser (a constructed sheet, which loads nothing), held against a list of properties and
// values that can neither fetch nor leave the flow, and written out again as rules for one `<style nonce>`.

/** Longhands only: the parser has taken the shorthands apart. */
const PROPERTIES = new RegExp(
  '^(?:' +
    [
      'color|background-color|visibility|display|float|clear|box-sizing|direction',
      'font-(?:family|size|style|weight|variant-caps|stretch)|line-height|letter-spacing|word-spacing',
      'text-(?:align|transform|decoration-(?:line|style|color)|decoration-thickness)|white-space(?:-collapse)?|text-wrap-mode',
      'word-break|overflow-wrap|hyphens|tab-size|vertical-align',
      'list-style-(?:type|position)|border-collapse|border-spacing|table-layout|caption-side|empty-cells',
      'border-(?:top|right|bottom|left)-(?:width|style|color)|border-(?:top|bottom)-(?:left|right)-radius',
      '(?:padding|margin)-(?:top|right|bottom|left)',
      '(?:min-|max-)?(?:width|height)',
    ].join('|') +
    ')$',
);

/** Anything that could name an address, run, or reach for values from elsewhere. */
const BAD_VALUE = /[\\<>@{};]|url|image|src|expression|javascript|element|attr|var|env|behaviou?r|binding/i;

/**
 * What would hide the words of a link, or lay a link over the words of another. Nothing that clips, moves out of sight or
 * fades is in the list above: a link's own label (document.ts) must not go with it.
 */
const HIDES: [RegExp, RegExp][] = [
  [/^color$/, /transparent|rgba|hsla|\//i],
  [/^font-size$/, /calc|^(?:[0-4](?:\.\d+)?(?:px|pt)?|0?\.[0-4]\d*(?:em|rem)|0(?:\.0*)?[a-z]*|[0-3]?\d(?:\.\d+)?%)$|\d(?!px|pt|em|rem)[a-z]/i],
  [/^line-height$/, /calc|^(?:0?\.[0-7]\d*|0(?:\.[0-7]\d*)?(?:[a-z]+)?|[0-5](?:\.\d+)?(?:px|pt)|[0-7]?\d(?:\.\d+)?%)$/i],
  [/^(?:margin-|letter-|word-|vertical-align)/, /calc|-\d|-\./],
  [/^vertical-align$/, /\d/],
];

/** Layouts that stay in the flow. */
const DISPLAY = /^(?:none|inline|block|inline-block|list-item|table|inline-table|table-(?:row|cell|caption|column|column-group|row-group|header-group|footer-group)|flex|inline-flex)$/;

/** Class names of the sheet's own rules. Mail may not use the prefix. */
const PREFIX = 'sealpost-';

export class MailStyles {
  private readonly byDeclarations = new Map<string, string>();
  private readonly sheets: string[] = [];

  /** False in browsers that cannot parse a sheet apart from a document (Safari before 16.4): mail is shown unstyled. */
  static readonly possible = (() => {
    try {
      new CSSStyleSheet().replaceSync('');
      return true;
    } catch {
      return false;
    }
  })();

  /** The class that stands for a `style` attribute, or null when nothing of it is kept. */
  inline(declarations: string): string | null {
    if (!MailStyles.possible) return null;
    const sheet = new CSSStyleSheet();
    sheet.insertRule('x {}');
    const rule = sheet.cssRules[0] as CSSStyleRule;
    rule.style.cssText = declarations;
    const kept = keep(rule.style);
    if (!kept) return null;
    let name = this.byDeclarations.get(kept);
    if (!name) {
      name = `${PREFIX}${this.byDeclarations.size + 1}`;
      this.byDeclarations.set(kept, name);
    }
    return name;
  }

  /** The text of a `<style>` element. */
  sheet(css: string): void {
    if (!MailStyles.possible) return;
    const sheet = new CSSStyleSheet();
    try {
      sheet.replaceSync(css);
    } catch {
      return;
    }
    this.sheets.push(rulesOf(sheet.cssRules));
  }

  /** Everything kept. The `:not`s give a former attribute more weight than any class or element of the mail. */
  css(): string {
    const inline = [...this.byDeclarations].map(([kept, name]) => `.${name}:not(#_#_#_#_){${kept}}`);
    return [...this.sheets, ...inline].join('\n');
  }

  static isOwnClass = (name: string): boolean => name.toLowerCase().startsWith(PREFIX);
}

function keep(style: CSSStyleDeclaration): string {
  let out = '';
  for (const property of Array.from(style)) {
    const value = style.getPropertyValue(property);
    if (!PROPERTIES.test(property) || !value || BAD_VALUE.test(value)) continue;
    if (property === 'display' && !DISPLAY.test(value)) continue;
    if (HIDES.some(([which, how]) => which.test(property) && how.test(value))) continue;
    out += `${property}:${value}${style.getPropertyPriority(property) ? ' !important' : ''};`;
  }
  return out;
}

/** Style rules, and style rules under a query about the width. Imports, fonts, animations and the rest are dropped. */
function rulesOf(rules: CSSRuleList): string {
  let out = '';
  for (const rule of Array.from(rules)) {
    if (rule instanceof CSSStyleRule) {
      const kept = keep(rule.style);
      if (kept && plainSelector(rule.selectorText)) out += `${rule.selectorText}{${kept}}\n`;
    } else if (rule instanceof CSSMediaRule && plainQuery(rule.media.mediaText)) {
      out += `@media ${rule.media.mediaText}{${rulesOf(rule.cssRules)}}\n`;
    }
  }
  return out;
}

/**
 * No escapes, strings or attribute values: what is left cannot end the rule or the element it stands in. No ids
 * either: the mail has lost its own, and in a `:not` they would outweigh our rules. A first line or letter is a piece of
 * a link's words that could be hidden without an element around it.
 */
const plainSelector = (selector: string): boolean => /^[\w\s.,>+~*:()-]+$/.test(selector) && !/::|:first-l/i.test(selector) && !selector.includes(PREFIX);

/** The paper stays white: rules for the dark are not wanted, nor is anything but a width. */
const plainQuery = (query: string): boolean => /^[\w\s.,:()<>=-]+$/.test(query) && !/[{}\\]|prefers|print|speech|<\//.test(query);
