import type { Tensor } from '../../graph/tensor.ts';
import { familyOf } from '../../models/families.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import { Int64Writer } from '../../numbers/int64.ts';
import type { Example } from '../../tasks/rows/example.ts';
import type { Batch, Task } from '../../tasks/task.ts';

/** How a model wants padded rows. */
export interface Padding {
  readonly dimensions: ModelDimensions;
  /** How far the methods move position ids up. */
  readonly positionShift: number;
}

/**
 * Examples as one batch, padded to the longest: what a model reads, and the task's labels.
 */
export function collate(examples: readonly Example[], task: Task, padding: Padding): Batch {
  const inputs = collateInputs(examples, padding);
  const length = inputs.input_ids.shape[1]!;
  return {
    examples,
    feeds: { ...inputs, ...task.collateLabels(examples, length) },
    tokens: examples.reduce((sum, { inputIds }) => sum + inputIds.length, 0),
    labelledItems: examples.reduce((sum, example) => sum + task.labelledItems(example), 0),
  };
}

/**
 * The inputs of a model, without labels: `input_ids`, `token_type_ids`, `attention_mask`, `position_ids` i64[B,S] and
 * `last_rows` i64[B], the place of each row's last token. The model's family says what padding holds.
 */
export function collateInputs(
  examples: readonly Pick<Example, 'inputIds' | 'tokenTypeIds'>[],
  { dimensions, positionShift }: Padding,
): Record<'input_ids' | 'token_type_ids' | 'attention_mask' | 'position_ids' | 'last_rows', Tensor> {
  const { padTokenId, tokenTypes, firstPosition, padPosition } = familyOf(dimensions).batch(dimensions);
  const length = examples.reduce((most, { inputIds }) => Math.max(most, inputIds.length), 0);
  const filled = (value: number) => new Int64Writer(examples.length * length, value);
  const [ids, types, mask, positions] = [filled(padTokenId), filled(0), filled(0), filled(padPosition)];
  const last = new Int64Writer(examples.length, 0);
  for (const [row, { inputIds, tokenTypeIds }] of examples.entries()) {
    for (let i = 0, at = row * length; i < inputIds.length; i++, at++) {
      ids.set(at, inputIds[i]!);
      // Models with one type, or none, know no second segment.
      if (tokenTypes > 1) types.set(at, tokenTypeIds[i]!);
      mask.set(at, 1);
      positions.set(at, firstPosition + positionShift + i);
    }
    last.set(row, row * length + inputIds.length - 1);
  }
  const tensor = ({ data }: Int64Writer): Tensor => ({ dtype: 'i64', shape: [examples.length, length], data });
  return {
    input_ids: tensor(ids),
    token_type_ids: tensor(types),
    attention_mask: tensor(mask),
    position_ids: tensor(positions),
    last_rows: { dtype: 'i64', shape: [examples.length], data: last.data },
  };
}
