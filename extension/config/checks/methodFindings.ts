import type { ModelPart } from '../../methods/declaration/method.ts';
import { defaultRatesText } from '../../methods/entries/learningRate.ts';
import type { PlacedMethod } from '../../methods/entries/parse.ts';
import { unified } from '../../methods/presets.ts';
import { type Cure, type Finding, type ValuePath, valueAt } from '../../problems/finding.ts';
import { showNumber } from '../../problems/showValue.ts';

/** Where an entry's option stands in the config. */
export const methodPath = (path: ValuePath, ...option: readonly string[]): ValuePath => ['methods', ...path, ...option];

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
        message: `should be ${range} for ${method.name}, got ${showNumber(rate)}; its default is ${defaultRatesText(method.learningRate)}`,
        cures: [
          { do: 'set', text: showNumber(usual), title: `Set to ${showNumber(usual)} (the default of ${method.name})` },
        ],
      },
    ];
  });
}

/** The paper's finding against changing the FFN beside tuned LayerNorms, with the edit that goes to attention alone. */
export function ffnWithNormFindings(methods: readonly PlacedMethod[], config: unknown): readonly Finding[] {
  const changes = ({ method, options }: PlacedMethod, part: ModelPart): boolean =>
    method.parts?.(options).includes(part) ?? false;
  if (!methods.some((one) => changes(one, 'norm'))) return [];
  return methods.flatMap((placed) => {
    const { method, options, path } = placed;
    const cure = method.awayFromFfn?.(options);
    if (cure === undefined || !changes(placed, 'ffn')) return [];
    const twin = methods.some((other) => other.method === method && other.path !== path && changes(other, 'attention'));
    const written = valueAt(config, methodPath(path));
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
        ...(!twin && !ofPreset && { cures: [moveToAttention(method.name, methodPath(path), cure)] }),
      },
    ];
  });
}

/** Sets the option that leaves the FFN alone. */
const moveToAttention = (
  name: string,
  into: ValuePath,
  { option, value }: { readonly option: string; readonly value: string },
): Cure => ({ do: 'put', into, key: option, text: value, name, title: `Move the ${name} from FFN to attention` });
