import { isMap } from 'yaml';
import type { ModelPart } from '../../methods/declaration/method.ts';
import type { MethodProblem } from '../../methods/declaration/methodError.ts';
import type { PlacedMethod } from '../../methods/declaration/parse.ts';
import { unified } from '../../methods/presets.ts';
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

/** The paper's finding against changing the FFN beside tuned LayerNorms, with the edit that goes to attention alone. */
export function ffnWithNormFindings(methods: readonly PlacedMethod[], parsed: ParsedConfig): readonly Finding[] {
  const changes = ({ method, options }: PlacedMethod, part: ModelPart): boolean =>
    method.parts?.(options).includes(part) ?? false;
  if (!methods.some((one) => changes(one, 'norm'))) return [];
  return methods.flatMap((placed) => {
    const { method, options, path } = placed;
    const cure = method.awayFromFfn?.(options);
    if (cure === undefined || !changes(placed, 'ffn')) return [];
    const twin = methods.some((other) => other.method === method && other.path !== path && changes(other, 'attention'));
    const written = valueAt(parsed.value, methodPath(path));
    const ofPreset = path.at(-1) === method.name && (written === undefined || typeof path.at(-2) === 'string');
    const what = `${/^[aeiou]/.test(method.name) ? 'an' : 'a'} ${method.name}`;
    const remedy = ofPreset ? `use the preset \`${unified.name}\`` : `set \`${cure.option}: ${cure.value}\``;
    return [
      {
        severity: 'information',
        code: 'ffn-with-norm',
        path: methodPath(path),
        at: 'key',
        message: `${what} at the FFN together with LN-tuning did worse than one at attention in arXiv 2211.08682; ${remedy}`,
        fixes: () => (twin ? [] : moveToAttention(parsed, methodPath(path), method.name, cure)),
      },
    ];
  });
}

/** Writes the option that leaves the FFN alone into an entry at a path; a preset's part stays where the preset has it. */
function moveToAttention(
  parsed: ParsedConfig,
  path: ConfigPath,
  name: string,
  { option, value: wanted }: { readonly option: string; readonly value: string },
): readonly Fix[] {
  const title = `Move the ${name} from FFN to attention`;
  const value = valueAt(parsed.value, path);
  const place = locate(parsed, path);
  if (value === name) return [replaceValue(place, `${name}: {${option}: ${wanted}}`, title)];
  if (path.at(-1) !== name || path.length > 3) return [];
  if (value === null) return [replaceValue(place, `{${option}: ${wanted}}`, title)];
  if (!isMap(place.node) || !place.node.range) return [];
  if (place.node.has(option)) return [replaceValue(locate(parsed, [...path, option]), wanted, title)];
  const flow = place.node.flow === true;
  const at = parsed.lines.position(place.node.range[0] + (flow ? 1 : 0));
  const separator = flow ? (place.node.items.length > 0 ? ', ' : '') : `\n${' '.repeat(at.column - 1)}`;
  return [{ title, edits: [{ range: { start: at, end: at }, newText: `${option}: ${wanted}${separator}` }] }];
}
