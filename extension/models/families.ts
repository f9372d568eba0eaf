import { albert } from './family/albert.ts';
import { bert } from './family/bert.ts';
import { debertaV2 } from './family/debertaV2.ts';
import { distilbert } from './family/distilbert.ts';
import { electra } from './family/electra.ts';
import { llama, mistral, qwen2, qwen3 } from './family/gatedFamilies.ts';
import { gpt2 } from './family/gpt2.ts';
import { modernbert } from './family/modernbert.ts';
import { mpnet } from './family/mpnet.ts';
import { camembert, roberta, xlmRoberta } from './family/robertaFamilies.ts';
import type { ModelDimensions } from './model/dimensions.ts';
import type { ConstantTensor, HeadKind, ModelFamily } from './model/model.ts';
import type { TensorSpec } from './model/tensors.ts';

/** Every family, in the order in which they are listed to people. */
export const families: readonly ModelFamily[] = [
  bert,
  roberta,
  xlmRoberta,
  camembert,
  distilbert,
  electra,
  albert,
  mpnet,
  modernbert,
  debertaV2,
  gpt2,
  llama,
  mistral,
  qwen2,
  qwen3,
];

/** The family of a `model_type`; undefined for one that is not supported. */
export const findFamily = (name: string): ModelFamily | undefined => families.find((family) => family.name === name);

/** The family that read these sizes. */
export function familyOf({ architecture }: Pick<ModelDimensions, 'architecture'>): ModelFamily {
  const family = findFamily(architecture);
  if (!family) throw new RangeError(`${architecture}: must be one of ${families.map(({ name }) => name).join(', ')}`);
  return family;
}

/** What a model's forward pass asks for beside its parameters. */
export const constantsOf = (model: ModelDimensions): readonly ConstantTensor[] =>
  familyOf(model).build(model).constants;

/** Families that have a head of a kind, in words: `GPT-2, Llama or Qwen2`. */
export function familiesWith(head: HeadKind): string {
  const titles = families.filter(({ heads }) => heads[head]).map(({ title }) => title);
  return titles.join(', ').replace(/, (?=[^,]+$)/, ' or ');
}

/** A model's tensors as one task uses them; each belongs to exactly one part. */
interface TaskTensors {
  /** Embeddings and blocks, and a head that belongs to them. */
  readonly backbone: readonly TensorSpec[];
  /** The pooler where the head reads it, else empty: counted as head when trained. */
  readonly pooler: readonly TensorSpec[];
  /** Empty for a head that the family does not have. */
  readonly head: readonly TensorSpec[];
}

/** The tensors of a model with a head; a pooler that the head does not read is left out. */
export function taskTensors(model: ModelDimensions, head: HeadKind, outputs: number): TaskTensors {
  const family = familyOf(model);
  const built = family.heads[head]?.(model, outputs);
  const { tensors } = family.build(model);
  const own = built?.tensors ?? [];
  return {
    backbone: [...tensors.filter((tensor) => tensor.site !== 'pooler'), ...(built?.isBase ? own : [])],
    pooler: built?.readsPooler ? tensors.filter((tensor) => tensor.site === 'pooler') : [],
    head: built?.isBase ? [] : own,
  };
}

/**
 * A task's tensors as its run sees them. `head` is trained whatever the methods do: with the pooler's, where that is
 * trained too; else methods such as BitFit may tune the pooler. `tensors` are the bare model's, the pooler's included.
 */
export const splitParameters = (
  { backbone, pooler, head }: TaskTensors,
  { trainPooler }: { readonly trainPooler: boolean },
): { readonly tensors: readonly TensorSpec[]; readonly head: readonly TensorSpec[] } => ({
  tensors: [...backbone, ...pooler],
  head: trainPooler ? [...pooler, ...head] : head,
});

const classSuffix: Readonly<Record<HeadKind, string>> = {
  sequence: 'ForSequenceClassification',
  token: 'ForTokenClassification',
  'masked-lm': 'ForMaskedLM',
  'causal-lm': 'ForCausalLM',
};

/** Hugging Face's class that finds the model's own by its config: `AutoModelForMaskedLM`. */
export const autoClassName = (head: HeadKind): string => `AutoModel${classSuffix[head]}`;

/** Hugging Face's class of a model with a head: `BertForMaskedLM`. */
export function className(model: ModelDimensions, head: HeadKind): string {
  const { className, classNames } = familyOf(model);
  return classNames?.[head] ?? `${className}${classSuffix[head]}`;
}
