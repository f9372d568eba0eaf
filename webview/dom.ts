/**
 * A page as a value: `h` describes elements, `patch` brings a container's children in line with a description and
 * touches only what differs, so that focus, scroll and charts survive. Text is always a text node, never markup.
 */

type Handler = (event: Event) => void;

export interface Hook {
  /** Called when the element enters the page, and with every later description of it. */
  readonly update: (element: Element) => void;
  readonly remove?: (element: Element) => void;
}

export interface ElementOptions {
  /** Tells siblings apart; without it they match by place. */
  readonly key?: string;
  readonly class?: string;
  /** Attributes; false and undefined mean absent, true means empty. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Properties such as `value` and `checked`, set when the element's own differs. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Through the style object, which a strict content policy allows. */
  readonly style?: Readonly<Record<string, string>>;
  readonly on?: Readonly<Record<string, Handler>>;
  readonly hook?: Hook;
  /** Equal entries to the last description's: the element and all in it stay as they are. */
  readonly memo?: readonly unknown[];
}

export interface Description {
  readonly tag: string;
  readonly options: ElementOptions;
  readonly children: readonly (Description | string)[];
}

export type Child = Description | string | null | undefined | false;

export function h(tag: string, options: ElementOptions = {}, children: readonly Child[] = []): Description {
  return {
    tag,
    options,
    children: children.filter((child) => child !== null && child !== undefined && child !== false),
  };
}

const svgTags = new Set(['svg', 'path', 'line', 'polyline', 'g', 'rect', 'circle']);
const svgNamespace = 'http://www.w3.org/2000/svg';

interface Mounted {
  description: Description;
  /** One listener an event name; what it calls changes with the description. */
  readonly listened: Set<string>;
}
const mounted = new WeakMap<Element, Mounted>();

function isSameMemo(before: ElementOptions, after: ElementOptions): boolean {
  const { memo } = after;
  return (
    memo !== undefined &&
    before.memo?.length === memo.length &&
    memo.every((entry, index) => Object.is(entry, before.memo?.[index]))
  );
}

function patchOptions(element: Element, before: ElementOptions, after: ElementOptions, listened: Set<string>): void {
  if (before.class !== after.class) element.setAttribute('class', after.class ?? '');
  for (const name of Object.keys({ ...before.attributes, ...after.attributes })) {
    const value = after.attributes?.[name];
    if (before.attributes?.[name] === value) continue;
    if (value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [name, value] of Object.entries(after.properties ?? {})) {
    if (Reflect.get(element, name) !== value) Reflect.set(element, name, value);
  }
  const { style } = element as HTMLElement;
  for (const name of Object.keys({ ...before.style, ...after.style })) {
    if (before.style?.[name] !== after.style?.[name]) style.setProperty(name, after.style?.[name] ?? '');
  }
  for (const name of Object.keys(after.on ?? {})) {
    if (listened.has(name)) continue;
    listened.add(name);
    element.addEventListener(name, (event) => mounted.get(element)?.description.options.on?.[name]?.(event));
  }
}

function unmount(node: ChildNode): void {
  if (node instanceof Element) {
    for (const child of [...node.childNodes]) unmount(child);
    mounted.get(node)?.description.options.hook?.remove?.(node);
    mounted.delete(node);
  }
}

function create(child: Description | string): ChildNode {
  if (typeof child === 'string') return document.createTextNode(child);
  const element = svgTags.has(child.tag)
    ? document.createElementNS(svgNamespace, child.tag)
    : document.createElement(child.tag);
  const state: Mounted = { description: child, listened: new Set() };
  mounted.set(element, state);
  patch(element, child.children);
  // After the children: a list's value means nothing before its options are there.
  patchOptions(element, {}, child.options, state.listened);
  if (child.options.hook) {
    // Once in the page, where it has a size.
    queueMicrotask(() => {
      if (element.isConnected && mounted.get(element) === state) state.description.options.hook?.update(element);
    });
  }
  return element;
}

function matches(node: ChildNode | undefined, child: Description | string): boolean {
  if (node === undefined) return false;
  if (typeof child === 'string') return node.nodeType === Node.TEXT_NODE;
  const before = node instanceof Element ? mounted.get(node)?.description : undefined;
  return before?.tag === child.tag && before.options.key === child.options.key;
}

function update(node: ChildNode, child: Description | string): void {
  if (typeof child === 'string') {
    if (node.nodeValue !== child) node.nodeValue = child;
    return;
  }
  const element = node as Element;
  const state = mounted.get(element)!;
  const before = state.description.options;
  if (isSameMemo(before, child.options)) return;
  state.description = child;
  // What is in an element with a hook and no children is the hook's own.
  if (!child.options.hook || child.children.length > 0) patch(element, child.children);
  patchOptions(element, before, child.options, state.listened);
  child.options.hook?.update(element);
}

/** Makes `parent`'s children what `children` describe. */
export function patch(parent: Element, children: readonly (Description | string)[]): void {
  const keyed = new Map<string, ChildNode>();
  for (const node of parent.childNodes) {
    const key = node instanceof Element ? mounted.get(node)?.description.options.key : undefined;
    if (key !== undefined) keyed.set(key, node);
  }
  let next: ChildNode | null = parent.firstChild;
  for (const child of children) {
    const key = typeof child === 'string' ? undefined : child.options.key;
    let node: ChildNode | undefined = key === undefined ? (next ?? undefined) : keyed.get(key);
    if (node !== undefined && matches(node, child)) {
      if (node === next) next = node.nextSibling;
      else parent.insertBefore(node, next);
      update(node, child);
    } else {
      node = create(child);
      parent.insertBefore(node, next);
    }
    if (key !== undefined) keyed.delete(key);
  }
  while (next !== null) {
    const rest: ChildNode = next;
    next = next.nextSibling;
    unmount(rest);
    rest.remove();
  }
}
