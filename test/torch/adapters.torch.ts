import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { TunedModel } from '../../extension/checkpoint/tunedModel.ts';
import { exportAdapters } from '../../extension/export/exportAdapters.ts';
import { sampleFeeds } from '../../extension/export/sampleFeeds.ts';
import type { Feeds, Tensor } from '../../extension/graph/tensor.ts';
import { openLogits } from '../../extension/inference/tunedGraphs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { tunedModel } from '../support/tunedModels.ts';
import { python } from './peer.ts';

it('opens one base in onnxruntime for Python that is the base itself, or a run with its tensors', async () => {
  const tuned = await tunedModel('bert-masked-lm', 'ln-tuning');
  const folder = path.join(temporaryFolder(), 'out');
  await exportAdapters([{ name: 'run', tuned }], folder);
  const feeds = sampleFeeds(tuned).at(-1)!;
  const [rows, width] = feeds.input_ids!.shape as [number, number];
  const table = (value: (at: number) => number) =>
    Array.from({ length: rows }, (_, row) => Array.from({ length: width }, (_, column) => value(row * width + column)));
  const tables = {
    input_ids: table((at) => Number(feeds.input_ids!.data[at])),
    token_type_ids: table((at) => Number(feeds.token_type_ids!.data[at])),
    attention_mask: table(() => 1),
    position_ids: table((at) => at % width),
  };
  const { position_ids: _, ...given } = tables;
  const whole: Feeds = Object.fromEntries(
    Object.entries(tables).map(([name, values]): [string, Tensor] => [
      name,
      { dtype: 'i64', shape: [rows, width], data: BigInt64Array.from(values.flat(), BigInt) },
    ]),
  );
  const answer = execFileSync(python(), ['test/torch/adaptersProgram.py'], {
    ...{ input: JSON.stringify({ folder, file: 'run.safetensors', feeds: given }), encoding: 'utf8' },
  });
  const { inputs, ...found } = JSON.parse(answer.trim().split('\n').at(-1)!);
  // What has a default need not be passed.
  const defaulted = [...tuned.tensors.keys()].filter((name) => !inputs.includes(name));
  expect(defaulted.length).toBeGreaterThan(0);
  const logits = async (model: Omit<TunedModel, 'task'>) => {
    const reference = await openLogits(model);
    const { data } = await reference.logits(whole);
    await reference.close();
    return Array.from(data, Number);
  };
  const base = await logits({ ...tuned, methods: [], tensors: new Map() });
  for (const [got, expected] of [
    [found.base, base],
    [found.tuned, await logits(tuned)],
  ]) {
    expect(Math.max(...expected.map((value: number, i: number) => Math.abs(value - got[i])))).toBeLessThan(1e-5);
  }
  expect(found.base).not.toEqual(found.tuned);
});
