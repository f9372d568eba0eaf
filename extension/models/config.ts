import type * as z from 'zod';
import { issueText } from '../problems/issueText.ts';
import { showJson } from '../problems/showValue.ts';
import { families, findFamily } from './families.ts';
import type { ModelDimensions } from './model/dimensions.ts';
import type { ModelFamily } from './model/model.ts';
import { obstacleOf } from './unsupportedModels.ts';

/** A `config.json` that cannot be used: every rule it breaks, each with what to do. */
export class ModelConfigError extends Error {
  readonly problems: readonly string[];

  constructor(where: string, problems: readonly string[]) {
    super(problems.map((problem) => `${where}: ${problem}`).join('\n'));
    this.name = 'ModelConfigError';
    this.problems = problems;
  }
}

const names = families.map(({ name }) => name);

/** The `config.json` of two blocks of a plain encoder, for measuring a machine with. */
export const smallEncoder = (hidden: number): Readonly<Record<string, unknown>> => ({
  model_type: 'bert',
  vocab_size: 1000,
  hidden_size: hidden,
  num_hidden_layers: 2,
  num_attention_heads: 12,
  intermediate_size: 4 * hidden,
  max_position_embeddings: 128,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
});

/** The family of a config that does not name it, as small BERTs of early days: by its class, else by its keys. */
function likelyType(config: object): string {
  const { architectures } = config as { readonly architectures?: unknown };
  const name = Array.isArray(architectures) ? String(architectures[0]).toLowerCase() : '';
  const named = families.filter(({ className }) => name.startsWith(className.toLowerCase())).at(-1)?.name;
  return named ?? ('n_layers' in config ? 'distilbert' : 'embedding_size' in config ? 'electra' : 'bert');
}

/**
 * The sizes that a parsed Hugging Face `config.json` declares.
 * @param where the file, for messages
 * @throws ModelConfigError naming every key that is missing, out of range or not supported
 */
export function readDimensions(config: unknown, where: string): ModelDimensions {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new ModelConfigError(where, ['must be a JSON object; give the config.json of a Hugging Face model folder']);
  }
  const type = (config as Readonly<Record<string, unknown>>).model_type;
  const family = typeof type === 'string' ? findFamily(type) : undefined;
  if (!family) {
    const cure = type == null ? `add the line "model_type": "${likelyType(config)}"` : 'choose a model of one of them';
    const obstacle = obstacleOf(type);
    const why = obstacle ? `, which is not built: ${obstacle}` : '';
    throw new ModelConfigError(where, [
      `model_type: must be one of ${names.join(', ')}, got ${showJson(type)}${why}; ${cure}`,
    ]);
  }
  const result = family.config.safeParse(config);
  if (!result.success) {
    throw new ModelConfigError(
      where,
      result.error.issues.map((issue) => problemText(issue, config)),
    );
  }
  const problems = [...family.problems(result.data), ...sizeProblems(family, result.data)];
  if (problems.length > 0) throw new ModelConfigError(where, problems);
  return result.data;
}

function sizeProblems(family: ModelFamily, model: ModelDimensions): string[] {
  const { padTokenId, firstPosition } = family.batch(model);
  const problems: string[] = [];
  if (padTokenId >= model.vocabulary) {
    problems.push(`pad_token_id: must be below the vocabulary of ${model.vocabulary}, got ${padTokenId}`);
  }
  if (model.maxSequence < 1) {
    const rows = model.maxSequence + firstPosition;
    problems.push(`max_position_embeddings: must be above ${firstPosition}, where positions begin, got ${rows}`);
  }
  return problems;
}

const problemText = (issue: z.core.$ZodIssue, config: object): string =>
  `${issueText(issue, config)}; repair config.json or choose another model`;
