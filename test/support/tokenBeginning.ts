import { modelWeights, openModel } from '../../extension/checkpoint/modelFolder.ts';
import { collateInputs } from '../../extension/data/batches/collate.ts';
import type { RowBatches } from '../../extension/data/batches/rowBatches.ts';
import type { Engine } from '../../extension/engines/engine.ts';
import type { FrozenTensor } from '../../extension/graph/tensor.ts';
import { parseMethods } from '../../extension/methods/entries/parse.ts';
import type { HeadKind } from '../../extension/models/model/model.ts';
import { findTask } from '../../extension/tasks/registry.ts';
import { buildLogits } from '../../extension/training/plan/program.ts';
import { planTuning } from '../../extension/training/plan/tuning.ts';
import { tokenStart } from '../../extension/training/tokenStart.ts';
import { temporaryFolder } from './temporaryFolder.ts';

/** Two rows, the later one first: the tokens of the first are `ids` without the last three. */
function rowsOf(ids: readonly number[]): RowBatches {
  const examples = [ids.slice(-3), ids.slice(0, -3)].map((inputIds, i) => {
    return { index: 1 - i, inputIds, tokenTypeIds: inputIds.map(() => 0), target: [] };
  });
  const batch = { rows: [1, 0], examples };
  return { size: 2, inEpoch: () => batch, inEvaluation: () => [batch] };
}

/** The first values of a prefix that begins as some tokens are read, and a text's logits with and without it. */
export async function openBeginning(
  engine: Engine,
  folder: string,
  task: 'causal-lm' | 'classification',
  prefix: Record<string, unknown>,
) {
  const model = await openModel(folder);
  const head: HeadKind = task === 'causal-lm' ? task : 'sequence';
  const outputs = task === 'causal-lm' ? model.dimensions.vocabulary : 3;
  const weights = modelWeights(model, { head, outputs, seed: 1 });
  const { methods } = parseMethods({ prefix: { ...prefix, init: 'tokens' } });
  const rates = { learningRate: undefined, headLearningRate: 1e-3, weightDecay: 0, labelSmoothing: 0, dropout: 0 };
  const tuning = planTuning(weights, { ...rates, methods, task: findTask(task), trainPooler: false });
  const tensors = [...weights.outline.tensors, ...weights.pooler, ...weights.head];
  const frozen = await weights.frozen(new Set([...tuning.frozen, ...tensors.map(({ name }) => name)]));
  const logits = async (ids: readonly number[], begun?: ReadonlyMap<string, Float32Array>) => {
    const added = begun ? tuning.union.added : [];
    const spec = { outline: weights.outline, methods: begun ? methods : [], outputs, trainable: new Set<string>() };
    const graph = buildLogits({ ...spec, tensors: [...tensors, ...added], head });
    const values = added.map(({ name, shape }): [string, FrozenTensor] => [
      name,
      { kind: 'memory', shape, data: begun!.get(name)! },
    ]);
    const open = await engine.open({ logits: { outputs: { y: graph.logits } } }, new Map([...frozen, ...values]));
    const rows = [{ inputIds: ids, tokenTypeIds: ids.map(() => 0) }];
    const feeds = collateInputs(rows, { dimensions: model.dimensions, positionShift: graph.positionShift });
    const { outputs: found } = await open.run('logits', feeds);
    await open.close();
    return [...(found.y!.data as Float32Array)];
  };
  const start = (tokens: readonly number[]) => {
    const request = { folder: temporaryFolder(), record: { id: 'run' }, plan: { tuning, weights }, engine };
    return tokenStart({ ...request, splits: { train: rowsOf(tokens) } }, frozen, { threads: 1 });
  };
  return { logits, start };
}
