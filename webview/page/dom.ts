import { Component, cloneElement, createRef, h as element, render, type VNode } from 'preact';

/**
 * A page as a value: `h` describes elements, and Preact brings the page in line with the description, touching only
 * what differs, so that focus, scroll and charts survive. Text is always a text node, never markup.
 */
export type Description = VNode;

/** An absent child keeps its place, so that its neighbours keep theirs. */
export type Child = Description | string | null | undefined | false;

interface Hook {
  /** Called when the element is in the page, and with every later description of it. */
  readonly update: (element: Element) => void;
  readonly remove?: (element: Element) => void;
}

interface ElementOptions {
  /** Tells siblings apart; without it they match by place and kind. */
  readonly key?: string;
  readonly class?: string;
  /** False and undefined mean absent. What is there without a value is `true`: an empty text would turn it off. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** `value` and `checked`: set when the element's own differs. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Through the style object, which a strict content policy allows. */
  readonly style?: Readonly<Record<string, string>>;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
  /** An element with a hook has no described children: its content is the hook's own. */
  readonly hook?: Hook;
  /** Equal entries to the last description's: the element and all in it stay as they are. */
  readonly memo?: readonly unknown[];
}

interface KeptProperties {
  readonly content: Description;
  readonly memo: readonly unknown[] | undefined;
}

/** An element that stays as it is while its memo does. */
class Kept<P extends KeptProperties = KeptProperties> extends Component<P> {
  override shouldComponentUpdate({ memo }: P): boolean {
    const before = this.props.memo;
    return (
      memo === undefined || memo.length !== before?.length || memo.some((entry, at) => !Object.is(entry, before[at]))
    );
  }

  override render(): Description {
    return this.props.content;
  }
}

/** A kind of its own: where a hook comes or goes, the element is made anew, and the hook that goes is told. */
class Hooked extends Kept<KeptProperties & { readonly hook: Hook }> {
  readonly #element = createRef<Element>();

  override componentDidMount(): void {
    this.props.hook.update(this.#element.current!);
  }

  override componentDidUpdate(): void {
    this.props.hook.update(this.#element.current!);
  }

  override componentWillUnmount(): void {
    this.props.hook.remove?.(this.#element.current!);
  }

  override render(): Description {
    return cloneElement(this.props.content, { ref: this.#element });
  }
}

const attributeOf = (value: string | number | boolean | undefined) => (value === false ? undefined : value);

export function h(tag: string, options: ElementOptions = {}, children: readonly Child[] = []): Description {
  const { key, hook, memo } = options;
  const attributes = Object.entries(options.attributes ?? {}).map(([name, value]) => [name, attributeOf(value)]);
  const handlers = Object.entries(options.on ?? {}).map(([name, handler]) => [
    `on${name[0]!.toUpperCase()}${name.slice(1)}`,
    handler,
  ]);
  const content = element(
    tag,
    {
      ...Object.fromEntries(attributes),
      ...options.properties,
      ...Object.fromEntries(handlers),
      ...(options.class !== undefined && { class: options.class }),
      ...(options.style && { style: options.style }),
      ...(!hook && !memo && key !== undefined && { key }),
    },
    ...children,
  );
  const own = { content, memo, ...(key !== undefined && { key }) };
  if (hook) return element(Hooked, { ...own, hook }) as Description;
  return memo ? (element(Kept, own) as Description) : content;
}

/** Acts on a key in the page alone: the editor around hears every key that reaches the window, and has bindings of its own. */
export function takeKey(event: Event): void {
  event.preventDefault();
  event.stopPropagation();
}

/** Makes `parent`'s children what `children` describe. */
export function patch(parent: Element, children: readonly Description[]): void {
  render([...children], parent);
}
