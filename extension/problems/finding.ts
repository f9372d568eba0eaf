export type Severity = 'error' | 'warning' | 'information';

/** Keys and list indices from the root: `['training', 'seed']`, `['data', 'labels', 1]`. */
export type ValuePath = readonly (string | number)[];

/** Something to say about a value: the rule that it breaks, what was found, and what to do. */
export interface Finding {
  readonly severity: Severity;
  /** Stable kebab-case name of the rule: `unknown-key`. */
  readonly code: string;
  readonly path: ValuePath;
  /** Names rule, value and cure, but neither file nor path. */
  readonly message: string;
  /** What to underline; default: the value, or the key of a value of several lines. */
  readonly at?: 'key' | 'value';
  /** Each would make it right, by itself. */
  readonly cures?: readonly Cure[];
}

/** A change of a text that holds the value; `text` is YAML, `title` says what the text will be. */
export type Cure = { readonly title: string } & (
  | { readonly do: 'set' /** Default: where the finding is. */; readonly at?: ValuePath; readonly text: string }
  | { readonly do: 'rename'; readonly key: string }
  /** Sets one key of the mapping at `into`, which may be a bare `name` that stands for an empty one. */
  | {
      readonly do: 'put';
      readonly into: ValuePath;
      readonly key: string;
      readonly text: string;
      readonly name?: string;
    }
  /** Writes lines before all entries. */
  | { readonly do: 'begin'; readonly text: string }
);

/** Another value in its place. @param text as YAML, where that differs */
export const changeTo = (value: string, text = value): Cure => ({ do: 'set', text, title: `Change to ${value}` });

/** `methods[1].prefix.length`; empty for the root. */
export function formatPath(path: ValuePath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** The value at a path of plain data; undefined where the path leads nowhere. */
export const valueAt = (value: unknown, path: ValuePath): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown> | null | undefined)?.[step], value);

/** A finding about a part, told of the whole. */
export const within = (base: ValuePath, finding: Finding): Finding => ({
  ...finding,
  path: [...base, ...finding.path],
  ...(finding.cures && {
    cures: finding.cures.map((cure) =>
      cure.do === 'put'
        ? { ...cure, into: [...base, ...cure.into] }
        : cure.do === 'set' && cure.at
          ? { ...cure, at: [...base, ...cure.at] }
          : cure,
    ),
  }),
});
