import { presets } from '../../methods/presets.ts';
import { isReference, methods } from '../../methods/registry.ts';
import { checkConfig } from '../checks/check.ts';
import type { Environment } from '../checks/environment.ts';
import { type ConfigChoices, writeConfigText } from '../text/writeConfigText.ts';
import { countConfig } from './countConfig.ts';
import { methodCountText } from './lens.ts';

/** One set of methods to choose, with what it costs on the chosen model. */
export interface MethodChoice {
  /** Entries of a config's `methods`. */
  readonly methods: readonly string[];
  readonly title: string;
  /** `2,304 tunable (0.26 %)`; empty where the model's sizes are not known. */
  readonly cost: string;
  readonly summary: string;
}

/** Unions that papers found good, beside the presets. */
const unions: readonly { readonly methods: readonly string[]; readonly title: string; readonly summary: string }[] = [
  {
    methods: ['prefix', 'ln-tuning'],
    title: 'Prefix + LN-tuning',
    summary: 'A prefix at attention and the gain and bias of every LayerNorm.',
  },
];

/**
 * What an experiment may tune: LN-tuning first, then the unified variants, then the methods they are compared with, and the
 * references last.
 */
export async function methodChoices(
  choices: Omit<ConfigChoices, 'methods'>,
  environment: Environment,
): Promise<readonly MethodChoice[]> {
  const first = methods.filter(({ name }) => name === 'ln-tuning');
  const last = methods.filter(({ name }) => isReference(name));
  const rest = methods.filter((method) => !first.includes(method) && !last.includes(method));
  const unified = presets.filter(({ name }) => name === 'unified');
  const others = presets.filter(({ name }) => name !== 'unified');
  const single = ({ name, title, summary }: { name: string; title: string; summary: string }) => ({
    methods: [name],
    title,
    summary,
  });
  const all = [...first.map(single), ...unified.map(single), ...unions, ...[...rest, ...others, ...last].map(single)];
  return await Promise.all(
    all.map(async (choice) => {
      const count = await countConfig(
        checkConfig(writeConfigText({ ...choices, methods: choice.methods })),
        environment,
      );
      const total = count.kind === 'counted' ? count.total : undefined;
      return { ...choice, cost: total === undefined ? '' : methodCountText(total) };
    }),
  );
}
