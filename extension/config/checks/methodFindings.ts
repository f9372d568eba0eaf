import { isMap } from 'yaml';
import type { MethodProblem } from '../../methods/declaration/methodError.ts';
import type { PlacedMethod } from '../../methods/declaration/parse.ts';
import { infoAt } from '../schema/methodKeys.ts';
import { locate } from '../text/locate.ts';
import type { ParsedConfig } from '../text/parse.ts';
import { valueAt } from '../text/valueAt.ts';
import type { ConfigPath, Fix } from './diagnostic.ts';
import { cures } from './issues.ts';
import { type Finding, renameKey, replaceValue } from './report.ts';
import { showNumber } from './showValue.ts';

/** Where an entry's option stands in the config. */
export const methodPath = (path: MethodProblem['path'], ...option: readonly string[]): ConfigPath => [
  'methods',
  ...path,
  ...option,
];

/** What the methods themselves found wrong with their entries, with the edits that cure it. */
export function methodFindings(problems: readonly MethodProblem[], config: unknown): readonly Finding[] {
  return problems.map(({ path: steps, message, suggestion }) => {
    const path = methodPath(steps);
    const info = infoAt(path);
    // A key that nothing declares is itself the mistake: the name of an option, or of a method with options.
    const isKey = steps.length > 0 && typeof path.at(-1) === 'string' && info === undefined;
    const got = valueAt(config, path);
    return {
      severity: 'error',
      code: 'method',
      path,
      at: isKey ? 'key' : 'value',
      message,
      fixes: (place) => {
        if (suggestion === undefined) return info === undefined ? [] : cures(place, info, got);
        return [isKey ? renameKey(place, suggestion) : replaceValue(place, suggestion, `Change to ${suggestion}`)];
      },
    };
  });
}

/** Warnings for learning rates outside the range in which a method is known to work. */
export function learningRateFindings(
  methods: readonly PlacedMethod[],
  trainingRate: number | null,
): readonly Finding[] {
  return methods.flatMap(({ method, learningRate, path }) => {
    const rate = learningRate ?? trainingRate;
    const { low, high, default: usual } = method.learningRate;
    if (rate === null || (rate >= low && rate <= high)) return [];
    const range = `${showNumber(low)} … ${showNumber(high)}`;
    return [
      {
        severity: 'warning',
        code: 'unusual-learning-rate',
        path: learningRate === undefined ? ['training', 'learning_rate'] : methodPath(path, 'learning_rate'),
        message: `should be ${range} for ${method.name}, got ${showNumber(rate)}; its default is ${showNumber(usual)}`,
        fixes: (place) => [
          replaceValue(place, showNumber(usual), `Set to ${showNumber(usual)} (the default of ${method.name})`),
        ],
      },
    ];
  });
}

/** The paper's finding against adapters at the FFN beside tuned LayerNorms, with the edit that moves the adapter. */
export function ffnWithNormFindings(methods: readonly PlacedMethod[], parsed: ParsedConfig): readonly Finding[] {
  if (!methods.some(({ method }) => method.name === 'ln-tuning')) return [];
  return methods.flatMap(({ method, options, path }) => {
    const { at } = options as { readonly at?: readonly string[] };
    if (method.name !== 'adapter' || !at?.includes('ffn')) return [];
    const alone = methods.some((other) => other.method.name === 'adapter' && other.path !== path && movesTo(other));
    const written = valueAt(parsed.value, methodPath(path));
    const ofPreset = path.at(-1) === 'adapter' && (written === undefined || typeof path.at(-2) === 'string');
    const cure = ofPreset ? 'use the preset `unified`' : 'set `at: attention`';
    return [
      {
        severity: 'information',
        code: 'ffn-with-norm',
        path: methodPath(path),
        at: 'key',
        message: `an adapter at the FFN together with LN-tuning did worse than one at attention in arXiv 2211.08682; ${cure}`,
        fixes: () => (alone ? [] : moveToAttention(parsed, methodPath(path))),
      },
    ];
  });
}

const movesTo = ({ options }: PlacedMethod): boolean =>
  (options as { readonly at?: readonly string[] }).at?.includes('attention') ?? false;

/** Writes `at: attention` into the options at a path; a preset's adapter stays where the preset has it. */
function moveToAttention(parsed: ParsedConfig, path: ConfigPath): readonly Fix[] {
  const title = 'Move the adapter from FFN to attention';
  const value = valueAt(parsed.value, path);
  const place = locate(parsed, path);
  if (value === 'adapter') return [replaceValue(place, 'adapter: {at: attention}', title)];
  if (path.at(-1) !== 'adapter' || path.length > 3) return [];
  if (value === null) return [replaceValue(place, '{at: attention}', title)];
  if (!isMap(place.node) || !place.node.range) return [];
  if (place.node.has('at')) return [replaceValue(locate(parsed, [...path, 'at']), 'attention', title)];
  const flow = place.node.flow === true;
  const at = parsed.lines.position(place.node.range[0] + (flow ? 1 : 0));
  const separator = flow ? (place.node.items.length > 0 ? ', ' : '') : `\n${' '.repeat(at.column - 1)}`;
  return [{ title, edits: [{ range: { start: at, end: at }, newText: `at: attention${separator}` }] }];
}
