import path from 'node:path';
import { openModel } from '../../extension/checkpoint/modelFolder.ts';
import { baseWeights, storedForm, type TunedModel, tunedParts } from '../../extension/checkpoint/tunedModel.ts';
import { elements } from '../../extension/graph/tensor.ts';
import { parseMethodsText } from '../../extension/methods/entries/parse.ts';
import type { HeadKind } from '../../extension/models/model/model.ts';
import { Random } from '../../extension/numbers/random.ts';
import type { TaskName } from '../../extension/tasks/registry.ts';

const tasks = {
  'causal-lm': 'causal-lm',
  sequence: 'classification',
  token: 'token-classification',
  'masked-lm': 'masked-lm',
} as const satisfies Partial<Record<HeadKind, TaskName>>;

/** The folder of a tiny model; tests and scripts run in the repository's root. */
export const tinyModel = (name: string): string => path.resolve('test/golden/models', name);

/**
 * A tiny model on which every tensor that the methods tune has moved away from its first value, and the head too.
 * @param name a folder of test/golden/models such as `bert-sequence`
 * @param methods as the command line writes them
 */
export async function tunedModel(name: string, methods: string, trainPooler = true): Promise<TunedModel> {
  const model = await openModel(tinyModel(name));
  const head = name.replace(/^.*-(?=sequence$|token$|masked-lm$)/, '') as keyof typeof tasks;
  const outputs = head === 'masked-lm' ? model.dimensions.vocabulary : 3;
  const labels = head === 'masked-lm' ? [] : ['bad', 'fair', 'good'];
  const bare = { model, modelName: model.folder, task: tasks[head], head, labels, outputs };
  return { ...bare, ...(await moved(bare, methods, trainPooler)) };
}

type Bare = Omit<TunedModel, 'task' | 'methods' | 'tensors'>;

/** The heads of decoders. */
export const decoderHeads = ['causal-lm', 'sequence'] as const;

/**
 * A tiny decoder, tuned in the same way.
 * @param name a folder of test/golden/decoders such as `llama`
 */
export async function tunedDecoder(
  name: string,
  methods?: string,
  head: (typeof decoderHeads)[number] = 'causal-lm',
): Promise<TunedModel> {
  const model = await openModel(path.resolve('test/golden/decoders', name));
  const labels = head === 'causal-lm' ? [] : ['bad', 'fair', 'good'];
  const outputs = labels.length || model.dimensions.vocabulary;
  const bare = { model, modelName: model.folder, task: tasks[head], head, labels, outputs };
  if (methods === undefined) return { ...bare, methods: [], tensors: new Map() };
  return { ...bare, ...(await moved(bare, methods, false)) };
}

async function moved(
  bare: Bare,
  methods: string,
  trainPooler: boolean,
): Promise<Pick<TunedModel, 'methods' | 'tensors'>> {
  const { model, head, outputs } = bare;
  const parsed = parseMethodsText(methods);
  if (parsed.problems.length > 0) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  const parts = tunedParts(model.dimensions, head, outputs, parsed.methods);
  const fresh = new Map(parts.head.map(({ name }) => [name, new Float32Array()]));
  const base = baseWeights({ ...bare, methods: [], tensors: fresh });
  const trained = new Map<string, Float32Array>();
  for (const spec of [...parts.unfrozen, ...(trainPooler ? parts.pooler : []), ...parts.head]) {
    const random = new Random(1, spec.name);
    trained.set(
      spec.name,
      (await base.read(spec.name)).map((value) => value + 0.2 * random.nextNormal()),
    );
  }
  for (const { name, shape, role } of parts.added) {
    const random = new Random(1, name);
    const length = elements(shape);
    const centre = role === 'gain' ? 1 : 0;
    trained.set(
      name,
      Float32Array.from({ length }, () => centre + 0.4 * random.nextNormal()),
    );
  }
  return storedForm(parts.outline, parsed.methods, trained);
}

/** The same model with all tuned values times a factor. */
export const times = (tuned: TunedModel, factor: number): TunedModel => ({
  ...tuned,
  tensors: new Map([...tuned.tensors].map(([name, values]) => [name, values.map((value) => value * factor)])),
});
