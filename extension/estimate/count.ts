import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readModelConfig } from '../checkpoint/modelConfig.ts';
import type { ParameterCounts } from '../contract/run.ts';
import { withFileFacts } from '../data/rows/fileFacts.ts';
import { findLabels } from '../data/rows/splits.ts';
import { resolveModel } from '../hub/resolveModel.ts';
import type { ConfiguredMethod } from '../methods/declaration/method.ts';
import { UnionError } from '../methods/declaration/methodError.ts';
import { countParameters } from '../methods/entries/count.ts';
import { entryNames } from '../methods/entries/entryOptions.ts';
import { parseMethodsText } from '../methods/entries/parse.ts';
import { splitParameters, taskTensors } from '../models/families.ts';
import type { ModelDimensions } from '../models/model/dimensions.ts';
import type { HeadKind } from '../models/model/model.ts';
import { formatPath } from '../problems/finding.ts';
import { UserError } from '../problems/userError.ts';
import { findTask } from '../tasks/registry.ts';
import { readConfig } from '../training/prepare/checkedConfig.ts';

type CountRow = {
  /** As `--methods` names it. */
  readonly methods: string;
} & (
  | {
      readonly counts: ParameterCounts;
      /** The head that a bare model was counted with; absent where a config says it. */
      readonly assumedHead?: string;
    }
  /** Why the model cannot have these methods. */
  | { readonly problem: string }
);

interface Subject {
  readonly dimensions: ModelDimensions;
  readonly head: HeadKind;
  readonly outputs: number;
  readonly trainPooler: boolean;
  /** The config's own. */
  readonly own: CountSource | undefined;
}

interface CountSource {
  readonly label: string;
  readonly methods: readonly ConfiguredMethod[];
}

/**
 * Counts from sizes alone: of a config's methods, or of any methods on its model, or on a model folder or hub id (with a
 * head for two classes). Of several methods those that the model cannot have come with the reason.
 * @throws UserError · HubError · CheckpointError · MethodError
 */
export async function count(configOrModel: string, methods: readonly string[]): Promise<CountRow[]> {
  const subject = await subjectOf(configOrModel);
  const { dimensions, head, outputs, trainPooler, own } = subject;
  const sources = methods.length > 0 ? methods.map(source) : own ? [own] : entryNames.map(source);
  const parts = taskTensors(dimensions, head, outputs);
  const { tensors, head: headTensors } = splitParameters(parts, { trainPooler });
  const isAsked = methods.length > 0 || own !== undefined;
  return sources.flatMap(({ label, methods }): CountRow[] => {
    try {
      const counts = countParameters({ dimensions, tensors }, methods, headTensors);
      return [{ methods: label, counts, ...(own === undefined && { assumedHead: describeHead(parts, outputs) }) }];
    } catch (error) {
      if (!(error instanceof UnionError) || (isAsked && sources.length === 1)) throw error;
      // Of all methods that there are, only those that the model can have are worth a row.
      return isAsked ? [{ methods: label, problem: problemsOf(error, methods.length === 1) }] : [];
    }
  });
}

/** `[1]: must be …` in a union; where there is one method, the row says which. */
const problemsOf = ({ problems }: UnionError, isOne: boolean): string =>
  problems
    .map(({ path, message }) => [formatPath(isOne ? path.slice(1) : path), message].filter(Boolean).join(': '))
    .join('; ');

/** `a classifier for 2 classes and the pooler, both trained` */
function describeHead(
  { pooler, head }: { readonly pooler: readonly unknown[]; readonly head: readonly unknown[] },
  outputs: number,
): string {
  if (head.length === 0) return 'no head';
  return `a classifier for ${outputs} classes${pooler.length > 0 ? ' and the pooler, both trained' : ''}`;
}

function source(text: string): CountSource {
  const { methods, label, problems } = parseMethodsText(text);
  const first = problems[0];
  if (!first) return { label, methods };
  const rule = [formatPath(first.path), first.message].filter(Boolean).join(': ');
  throw new UserError(`--methods ${text}: ${rule}`, 'usage');
}

async function subjectOf(configOrModel: string): Promise<Subject> {
  if (!/\.ya?ml$/.test(configOrModel)) {
    const options = { baseFolder: process.cwd(), environment: process.env, part: 'config' } as const;
    const isFile = (await stat(configOrModel).catch(() => undefined))?.isFile() ?? false;
    const folder = isFile ? dirname(resolve(configOrModel)) : await resolveModel(configOrModel, options);
    const { dimensions } = await readModelConfig(folder);
    return { dimensions, head: 'sequence', outputs: 2, trainPooler: true, own: undefined };
  }
  const read = await readConfig(configOrModel, [], 'counting');
  const { draft: config, baseFolder } = read;
  const error = read.problems.find(({ severity }) => severity === 'error');
  if (!config) throw new UserError(`${error?.file}:${error?.line}:${error?.column} error ${error?.message}`, 'usage');
  const { model, revision } = config;
  const environment = process.env;
  const folder = await resolveModel(model, {
    revision: revision ?? undefined,
    baseFolder,
    environment,
    part: 'config',
  });
  const { dimensions } = await readModelConfig(folder);
  const task = findTask(config.task);
  const outputs = task.outputs(
    await findLabels(await withFileFacts(config, baseFolder), baseFolder, () => {}),
    dimensions.vocabulary,
  );
  const own = { label: read.methodsLabel, methods: read.methods };
  return { dimensions, head: task.head, outputs, trainPooler: config.train_pooler, own };
}
