import { inspectUnion, type UnionDeclaration } from '../../methods/entries/declare.ts';
import type { PlacedMethod } from '../../methods/entries/parse.ts';
import { familiesWith, familyOf, splitParameters, taskTensors } from '../../models/families.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import type { TensorSpec } from '../../models/model/tensors.ts';
import { type Finding, type ValuePath, valueAt, within } from '../../problems/finding.ts';
import { findTask, tasks } from '../../tasks/registry.ts';
import { shiftOf } from '../resolved/maxLength.ts';
import type { ConfigInput } from '../schema/schema.ts';
import { methodPath } from './methodFindings.ts';

/** Whether the config itself sets a key. */
type IsWritten = (path: ValuePath) => boolean;

/** Checks a config against the model's sizes: length, positions, layers and targets. */
export function modelFindings(
  input: ConfigInput,
  methods: readonly PlacedMethod[],
  dimensions: ModelDimensions,
  value: unknown,
): readonly Finding[] {
  const isWritten: IsWritten = (path) => valueAt(value, path) != null;
  const obstacle = headFinding(input, dimensions);
  if (obstacle) return [obstacle];
  const lengths = lengthFindings(input, methods, dimensions, isWritten);
  const union = unionFindings(input, methods, dimensions);
  // A prefix too long for any text is also the method's own complaint.
  const others = lengths.length === 0 ? union : union.filter(({ path }) => path.at(-1) !== 'length');
  return [...lengths, ...others];
}

/** A task whose head the model's family does not have. */
function headFinding({ task }: ConfigInput, dimensions: ModelDimensions): Finding | undefined {
  const { heads, title } = familyOf(dimensions);
  const { head } = findTask(task);
  if (heads[head]) return undefined;
  const fitting = tasks.filter((other) => heads[other.head]).map(({ name }) => name);
  const message = `must be one of ${fitting.join(', ')} for a ${title} model, got ${task}; choose another task, or a ${familiesWith(head)} model`;
  return { severity: 'error', code: 'no-head', path: ['task'], message };
}

/** Tokens that every text must have room for. */
const shortestText = 2;

/** max_length + shifted prefixes must fit the model's positions. */
function lengthFindings(
  input: ConfigInput,
  methods: readonly PlacedMethod[],
  { maxSequence: positions, sequenceLimit }: ModelDimensions,
  isWritten: IsWritten,
): readonly Finding[] {
  const prefixes = methods
    .map((configured) => ({ length: shiftOf(configured), ...configured }))
    .filter(({ length }) => length > 0);
  const shift = prefixes.reduce((sum, { length }) => sum + length, 0);
  // A length that was not chosen is as long as there is room for.
  const max_length = input.data.max_length ?? shortestText;
  if (max_length + shift <= positions) return [];

  const limit = sequenceLimit ? ` (${sequenceLimit} of its config.json)` : '';
  const longest = prefixes.reduce<(typeof prefixes)[number] | undefined>(
    (best, prefix) => (best === undefined || prefix.length > best.length ? prefix : best),
    undefined,
  );
  // Blame what stands out: the prefix when it is longer than the text.
  if (longest !== undefined) {
    const room = positions - (shift - longest.length) - max_length;
    if (room >= 1 && longest.length > max_length) {
      return [tooLong(lengthPath(longest, isWritten), 1, room, limit, longest.length)];
    }
    if (positions - shift < shortestText) {
      const most = Math.max(1, positions - (shift - longest.length) - shortestText);
      return [tooLong(lengthPath(longest, isWritten), 1, most, limit, longest.length)];
    }
  }
  const withPrefix = shift > 0 ? `${limit} with a prefix of ${shift}` : limit;
  return [tooLong(['data', 'max_length'], shortestText, positions - shift, withPrefix, max_length)];
}

const tooLong = (path: ValuePath, least: number, most: number, condition: string, got: number): Finding => ({
  severity: 'error',
  code: 'beyond-positions',
  path,
  message: `must be ${least} … ${most} for this model${condition}, got ${got}`,
  cures: [{ do: 'set', text: String(most), title: `Set to ${most} (the most this model allows)` }],
});

/** The method's own option, or the preset's short form of it. */
function lengthPath({ method, path }: PlacedMethod, isWritten: IsWritten): ValuePath {
  const option = method.positions?.option ?? '';
  const own = methodPath(path.at(-1) === method.name ? path : [...path, method.name], option);
  const ofPreset = methodPath(path.slice(0, -1), option);
  return !isWritten(own) && isWritten(ofPreset) ? ofPreset : own;
}

/** Methods that leave all to a head that is the base model's own. */
function nothingTuned(
  { tunable }: UnionDeclaration,
  head: readonly TensorSpec[],
  methods: readonly PlacedMethod[],
): readonly Finding[] {
  if (tunable.length > 0 || head.length > 0 || methods.length === 0) return [];
  const got = methods.map(({ method }) => method.name).join(', ');
  const message = `must tune something, since the head of this task is the model's own, got ${got}; add another method`;
  return [{ severity: 'error', code: 'nothing-tuned', path: [], message }];
}

/** Bytes for frozen weights of which there are none. */
function idleInt8({ backbone }: ConfigInput, { frozen }: UnionDeclaration): readonly Finding[] {
  if (backbone !== 'int8' || frozen.some(({ role }) => role === 'weight')) return [];
  const message = 'has no effect: every weight is tuned, and int8 is for frozen ones; remove it';
  return [{ severity: 'warning', code: 'unused-key', path: ['backbone'], at: 'key', message }];
}

function unionFindings(
  input: ConfigInput,
  methods: readonly PlacedMethod[],
  dimensions: ModelDimensions,
): readonly Finding[] {
  // Two outputs stand for however many: no rule depends on their number.
  const parts = taskTensors(dimensions, findTask(input.task).head, 2);
  const { tensors, head } = splitParameters(parts, { trainPooler: input.train_pooler });
  const { declaration, problems } = inspectUnion({ dimensions, tensors }, methods, {
    head,
    learningRate: input.training.learning_rate ?? undefined,
  });
  const findings = [...problems, ...declaration.notes, ...nothingTuned(declaration, head, methods)];
  return [...findings.map((finding) => within(['methods'], finding)), ...idleInt8(input, declaration)];
}
