// How tall the mail is. The frame has an origin of its own and runs nothing, so nobody can ask it.
//
// The clean mail is therefore laid out once more, out of sight, in a closed shadow tree of the frame's width, and
// thrown away after one look. The copy is built element by element from a list of names, with text and a handful of
// attributes about layout: no address, no handler and no markup passes from the mail into this page by it.

const ELEMENTS = new Set(
  ('a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl dt em ' +
    'figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i ins kbd li main mark nav ol p pre q s samp section small span ' +
    'strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr').split(' '),
);
const ATTRIBUTES = ['align', 'border', 'cellpadding', 'cellspacing', 'class', 'clear', 'colspan', 'dir', 'face', 'height', 'hspace', 'nowrap', 'open', 'rowspan', 'size', 'span', 'start', 'type', 'valign', 'vspace', 'width'];

/** Width and height of the pictures in the mail, by the address they have in it. */
export type Dimensions = Map<string, { width: number; height: number; decoded?: true }>;

/** Pixels, or null where the browser cannot tell (Safari before 16.4). */
export function measure(html: TrustedHTML | string, css: string, width: number, pictures: Dimensions): number | null {
  let sheet: CSSStyleSheet;
  try {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css.replace(/:root/g, 'html'));
  } catch {
    return null;
  }
  const host = document.createElement('div');
  host.className = 'measure';
  host.setAttribute('aria-hidden', 'true');
  const shadow = host.attachShadow({ mode: 'closed' });
  if (!('adoptedStyleSheets' in shadow)) return null;
  shadow.adoptedStyleSheets = [sheet];
  const root = document.createElement('html');
  const body = document.createElement('body');
  const parsed = new DOMParser().parseFromString(html as string, 'text/html');
  copyChildren(parsed.body, body, pictures);
  root.append(body);
  shadow.append(root);
  host.style.width = `${width}px`;
  document.body.append(host);
  const height = Math.max(root.offsetHeight, body.scrollHeight);
  host.remove();
  return Math.ceil(height) + 1;
}

function copyChildren(from: Node, to: Element, pictures: Dimensions): void {
  for (const node of Array.from(from.childNodes)) {
    if (node.nodeType === 3) {
      to.append(node.nodeValue ?? '');
    } else if (node instanceof Element) {
      const copy = copyOf(node, pictures);
      if (!copy) continue;
      to.append(copy);
      copyChildren(node, copy, pictures);
    }
  }
}

function copyOf(element: Element, pictures: Dimensions): Element | null {
  const name = element.localName;
  if (name === 'img') return pictureBox(element, pictures);
  if (!ELEMENTS.has(name)) return null;
  const copy = document.createElement(name);
  for (const attribute of ATTRIBUTES) {
    const value = element.getAttribute(attribute);
    if (value !== null) copy.setAttribute(attribute, value);
  }
  return copy;
}

/** An empty drawing of the picture's size stands in for it: replaced content, with no address. */
function pictureBox(element: Element, pictures: Dimensions): Element {
  const box = document.createElement('canvas');
  const natural = pictures.get(element.getAttribute('src') ?? '') ?? { width: 0, height: 0 };
  box.width = natural.width;
  box.height = natural.height;
  box.className = element.className;
  // As the paper's sheet has it: a width is kept, the height follows from the picture.
  const width = /^\d+%?$/.exec(element.getAttribute('width') ?? '')?.[0];
  if (width) box.style.width = width.endsWith('%') ? width : `${width}px`;
  box.style.height = 'auto';
  box.style.maxWidth = '100%';
  return box;
}
