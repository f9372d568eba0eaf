import type { Shape } from './dims.ts';
import { type AnyNode, type DType, typeText, type Value } from './value.ts';

/** dtype of an input; a trailing `?` marks an optional one, `any` leaves it open. */
type InputType = DType | 'any' | `${DType}?`;
type InputTypes = Readonly<Record<string, InputType>>;

/** Type of a result before it is one. */
export interface Result {
  readonly shape: Shape;
  readonly dtype: DType;
}
/** Every op's first result is `y`: the only one that a gradient can arrive at. */
type Results = { readonly y: Result } & Readonly<Record<string, Result | undefined>>;

type Named<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: Value } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Value | undefined;
};
type InputsNamed<I extends InputTypes> = Named<{ [K in keyof I]: I[K] extends `${string}?` ? undefined : I[K] }>;

/** Gradients of the inputs by name. A gradient may have the shape that the input was broadcast to: the driver sums it. */
type Gradients<I extends InputTypes> = { readonly [K in keyof I]?: Value | undefined };

/** What a gradient rule may look at beside the node's inputs. */
interface GradientContext<I extends InputTypes, A, R> {
  readonly attributes: A;
  readonly outputs: Named<R>;
  /** Gradient of the loss with respect to `y`. */
  readonly dy: Value;
  /** Whether an input's gradient is wanted; a rule builds nothing for an input whose gradient is not. */
  needs(input: keyof I): boolean;
}

/** Why an op has no gradient rule. */
interface NoGradient {
  readonly none: string;
}

/**
 * Everything about one op that is no engine's: its inputs in order, the types of its results (`infer` throws a
 * RangeError that names the broken rule), and its gradient, written in the graph's own ops.
 */
interface OpDefinition<I extends InputTypes, A, R extends Results> {
  readonly inputs: I;
  /** An input whose shape alone is read: the result does not vary with its elements. */
  readonly lendsShape?: keyof I;
  readonly infer: (inputs: InputsNamed<I>, attributes: A) => R;
  readonly gradient: ((inputs: InputsNamed<I>, context: GradientContext<I, A, R>) => Gradients<I>) | NoGradient;
}

/** A definition whose types are not looked at. */
export interface AnyOp {
  readonly inputs: InputTypes;
  readonly lendsShape?: PropertyKey;
  readonly infer: (inputs: never, attributes: never) => Results;
  readonly gradient: ((inputs: never, context: never) => Gradients<InputTypes>) | NoGradient;
}
type OpTable = Readonly<Record<string, AnyOp>>;

export type InputsOf<D> = D extends OpDefinition<infer I, infer _, infer _R> ? InputsNamed<I> : never;
export type AttributesOf<D> = D extends OpDefinition<infer _, infer A, infer _R> ? A : never;
export type OutputsOf<D> = D extends OpDefinition<infer _, infer _A, infer R> ? Named<R> : never;

type NoAttributes = Readonly<Record<never, never>>;

/** Defines an op without attributes. */
export function op<const I extends InputTypes, R extends Results>(
  definition: OpDefinition<I, NoAttributes, R>,
): OpDefinition<I, NoAttributes, R> {
  return definition;
}

/** Defines an op with the attributes A: `opWith<{ readonly rate: number }>()({ … })`. */
export const opWith =
  <A extends object>() =>
  <const I extends InputTypes, R extends Results>(definition: OpDefinition<I, A, R>): OpDefinition<I, A, R> =>
    definition;

/** The reason of ops that only gradient rules apply. */
export const partOfGradient: NoGradient = {
  none: 'it is itself part of a gradient; gradients of gradients are not taken',
};

/** A result shaped otherwise and of the same type. */
export const moved = ({ dtype }: Value, shape: Shape): Result => ({ shape, dtype });
export const f32 = (shape: Shape): Result => ({ shape, dtype: 'f32' });
export const bool = (shape: Shape): Result => ({ shape, dtype: 'bool' });

/** @throws RangeError with the rule that does not hold */
export function demand(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new RangeError(rule);
}

/** Applies a table's ops: checks dtypes and shapes, and gives the new node's outputs by name. */
export function applier<T extends OpTable>(table: T) {
  return <O extends keyof T & string>(
    op: O,
    inputs: InputsOf<T[O]>,
    ...[attributes]: keyof AttributesOf<T[O]> extends never ? [] : [AttributesOf<T[O]>]
  ): OutputsOf<T[O]> => applyDefinition(op, table[op] as AnyOp, inputs, attributes ?? {}).outputs as OutputsOf<T[O]>;
}

/**
 * Applies an op whose name and inputs are only known when the program runs.
 * @throws TypeError naming the op, its rule and the types it got.
 */
export function applyDefinition(op: string, definition: AnyOp, given: AnyNode['inputs'], attributes: object): AnyNode {
  const names = Object.keys(definition.inputs);
  const inputs = Object.fromEntries(names.map((name) => [name, given[name]]));
  const got = () => names.map((name) => (inputs[name] ? typeText(inputs[name]) : 'none')).join(', ');
  for (const [name, expected] of Object.entries(definition.inputs)) {
    const dtype = expected.replace('?', '');
    if (inputs[name] ? dtype !== 'any' && inputs[name].dtype !== dtype : !expected.endsWith('?')) {
      throw new TypeError(`${op}: ${name} must be ${expected}, got ${got()}`);
    }
  }
  try {
    const results = definition.infer(inputs as never, attributes as never);
    const outputs: Record<string, Value> = {};
    const node: AnyNode = { op, inputs, attributes, outputs };
    for (const [name, result] of Object.entries(results)) {
      if (result) outputs[name] = { node, index: Object.keys(outputs).length, ...result };
    }
    return node;
  } catch (error) {
    throw new TypeError(`${op}: ${(error as Error).message}; got ${got()}`);
  }
}
