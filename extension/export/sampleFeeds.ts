import type { TunedModel } from '../checkpoint/tunedModel.ts';
import type { Feeds, Tensor } from '../graph/tensor.ts';
import { logitsSpec } from '../inference/tunedGraphs.ts';
import { familyOf } from '../models/families.ts';
import { Random } from '../numbers/random.ts';
import { buildLogits } from '../training/plan/program.ts';

/**
 * Two small batches of made-up token ids, padded rows among them, with the position ids that the tuned model's
 * methods ask for: equal at every call.
 */
export function sampleFeeds(tuned: TunedModel): readonly Feeds[] {
  const { dimensions } = tuned.model;
  const { positionShift } = buildLogits(logitsSpec(tuned));
  const longest = Math.min(12, dimensions.maxSequence - positionShift);
  const { padTokenId, tokenTypes, firstPosition, padPosition } = familyOf(dimensions).batch(dimensions);
  const random = new Random(0, 'sample batches');
  return [
    [longest, Math.ceil(longest / 2), 2],
    [Math.ceil(longest / 3), 1],
  ].map((lengths) => {
    const width = Math.max(...lengths);
    const rows = <T>(value: (row: number, column: number) => T): T[] =>
      lengths.flatMap((_, row) => Array.from({ length: width }, (_, column) => value(row, column)));
    const real = (row: number, column: number) => column < lengths[row]!;
    const token = () => {
      const id = random.nextInt(dimensions.vocabulary);
      return id === padTokenId ? (id + 1) % dimensions.vocabulary : id;
    };
    const types = Math.max(1, tokenTypes);
    const feed = (values: readonly number[]): Tensor => ({
      dtype: 'i64',
      shape: [lengths.length, width],
      data: BigInt64Array.from(values, BigInt),
    });
    return {
      input_ids: feed(rows((row, column) => (real(row, column) ? token() : padTokenId))),
      token_type_ids: feed(rows((row, column) => (real(row, column) ? column % types : 0))),
      attention_mask: feed(rows((row, column) => Number(real(row, column)))),
      position_ids: feed(
        rows((row, column) => (real(row, column) ? firstPosition + positionShift + column : padPosition)),
      ),
      last_rows: {
        dtype: 'i64',
        shape: [lengths.length],
        data: BigInt64Array.from(lengths, (length, row) => BigInt(row * width + length - 1)),
      },
    };
  });
}
