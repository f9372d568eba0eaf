import type { Node } from '../../../graph/node.ts';
import type { OpName } from '../../../graph/ops.ts';
import type { OnnxBuilder } from './builder.ts';
import type { Channels, Int8Rows, Int8WeightNames } from './int8Product.ts';

/** ONNX names of a node's inputs or outputs. */
type NamesOf<Values> = { readonly [K in keyof Values]: string | Extract<Values[K], undefined> };

/** What a lowering may use. */
export interface LoweringContext<O extends OpName> {
  readonly node: Node<O>;
  readonly builder: OnnxBuilder;
  /** ONNX names of the node's inputs. */
  readonly inputs: NamesOf<Node<O>['inputs']>;
  /** Whether anything reads an output. */
  used(output: keyof Node<O>['outputs']): boolean;
  /** The pool of random bits for a dropout rate, bool[P]. */
  dropoutPool(rate: number): string;
  /** Places a parameter: an input or an initializer. */
  parameter(node: Node<'parameter'>): string;
  /** The node's weight in bytes, where it is frozen and to be multiplied so. */
  int8Weight(): Int8WeightNames | undefined;
  /** A value's rows in bytes, 0 in some channels: made once, however many weights multiply them. */
  int8Rows(x: string, without: Channels | undefined): Int8Rows;
  /** A result that several nodes read: made once for each key. */
  shared(key: string, make: () => string): string;
}

/** ONNX names of the node's outputs, or of `y` alone; unused ones may be missing. */
export type Lowering<O extends OpName> = (
  context: LoweringContext<O>,
) => string | ({ readonly y: string } & Partial<NamesOf<Node<O>['outputs']>>);

/** One lowering per op: exhaustive by type, so that an op without one does not compile. */
export type LoweringTable = { readonly [O in OpName]: Lowering<O> };
