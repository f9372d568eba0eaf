import { create, toBinary } from '@bufbuild/protobuf';
import { elements } from '../../../graph/tensor.ts';
import type { DType, Shape } from '../../../graph/value.ts';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from '../generated/onnx_pb.ts';

/** ONNX's operator set and file version: `Gelu` needs set 20. */
const opsetVersion = 21n;
const irVersion = 10n;

/** Element types of a model's tensors: those of the graph, and the bytes that quantised products are made of. */
type ElementType = DType | 'i8' | 'u8';

const dataTypes: Readonly<Record<ElementType, TensorProto_DataType>> = {
  f32: TensorProto_DataType.FLOAT,
  i64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
  i8: TensorProto_DataType.INT8,
  u8: TensorProto_DataType.UINT8,
};

/** A number is written as INT, a list as INTS, `{ float }` as FLOAT. */
type NodeAttributes = Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>;

/** Names of a node's results, by their number. */
interface ResultNames {
  readonly 1: readonly [string];
  readonly 2: readonly [string, string];
  readonly 3: readonly [string, string, string];
}

/** A value that a loop hands on from turn to turn. */
export interface Carried {
  /** The name of what it is before the first turn. */
  readonly first: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Writes one ONNX model, node by node. Names of results are made up; equal constants are written once. */
export class OnnxBuilder {
  private readonly nodes: NodeProto[] = [];
  private readonly initializers: Map<string, TensorProto>;
  private readonly inputs: Map<string, ValueInfoProto>;
  /** How many nodes have been named. */
  private readonly count: { nodes: number };
  private readonly outputs: ValueInfoProto[] = [];
  private readonly described = new Map<string, ValueInfoProto>();

  /** @param outside the model in which a loop's turn is written: both have the same constants and inputs */
  constructor(outside?: OnnxBuilder) {
    this.initializers = outside?.initializers ?? new Map();
    this.inputs = outside?.inputs ?? new Map();
    this.count = outside?.count ?? { nodes: 0 };
  }

  /** Appends a node of ONNX's own domain and returns the name of its result. */
  node(opType: string, inputs: readonly string[], attributes: NodeAttributes = {}): string {
    return this.nodeWithResults(opType, inputs, 1, attributes)[0];
  }

  /** Appends a node of the domain com.microsoft, which onnxruntime adds. */
  microsoftNode(opType: string, inputs: readonly string[], attributes: NodeAttributes = {}): string {
    return this.nodeWithResults(opType, inputs, 1, attributes, 'com.microsoft')[0];
  }

  nodeWithResults<N extends keyof ResultNames>(
    opType: string,
    inputs: readonly string[],
    results: N,
    attributes: NodeAttributes = {},
    domain = '',
  ): ResultNames[N] {
    const name = `%${this.count.nodes++}`;
    const output = ([name, `${name}_1`, `${name}_2`] as const).slice(0, results) as unknown as ResultNames[N];
    const attribute = Object.entries(attributes).map(([name, value]) => attributeProto(name, value));
    this.nodes.push(create(NodeProtoSchema, { opType, domain, input: [...inputs], output: [...output], attribute }));
    return output;
  }

  /**
   * Repeats a turn: what it carries is handed from each to the next. Nodes of a turn are laid out once, however often it is
   * taken.
   * @param turns i64[1]: how often
   * @param turn writes one with its own builder, given the names of its number i64[] and of what is carried, and returns
   * those of what is carried on; it may read results from outside
   * @returns the names of what the last turn carries on, of the first values where there is none
   */
  loop(
    turns: string,
    carried: readonly Carried[],
    turn: (builder: OnnxBuilder, number: string, carried: readonly string[]) => readonly string[],
  ): readonly string[] {
    const names = (of: string, length = carried.length) => {
      const name = `%${this.count.nodes++}`;
      return Array.from({ length }, (_, i) => `${name} ${of} ${i}`);
    };
    const [number, goesOn] = names('turn', 2) as [string, string];
    const before = names('before');
    const body = new OnnxBuilder(this);
    const after = turn(body, number, before);
    // A size that grows from turn to turn must not be taken for one of the same name that does not.
    const shapeAt = (place: string, shape: Shape) =>
      shape.map((dim) => (typeof dim === 'string' ? `${place} ${dim}` : dim));
    const inputs = [valueInfo(number, 'i64', []), valueInfo(goesOn, 'bool', [])];
    body.output(`${goesOn} after`, goesOn, 'bool', []);
    const ends = names('after');
    for (const [i, { dtype, shape }] of carried.entries()) {
      inputs.push(valueInfo(before[i]!, dtype, shapeAt(before[i]!, shape)));
      body.output(ends[i]!, after[i]!, dtype, shapeAt(ends[i]!, shape));
    }
    const attribute = [
      create(AttributeProtoSchema, {
        name: 'body',
        type: AttributeProto_AttributeType.GRAPH,
        g: body.graph('turn', inputs, []),
      }),
    ];
    const output = names('last');
    const input = [turns, '', ...carried.map(({ first }) => first)];
    this.nodes.push(create(NodeProtoSchema, { opType: 'Loop', input, output, attribute }));
    return output;
  }

  /** An f32 constant: one number f32[], or a filled vector f32[length]. */
  float(value: number, length?: number): string {
    const data = new Float32Array(length ?? 1).fill(value);
    const name = length === undefined ? `f32 ${value}` : `f32 ${value} × ${length}`;
    return this.embedded(name, 'f32', length === undefined ? [] : [length], data);
  }

  /** An i64 constant: one number i64[] or a list i64[length]. */
  integers(values: number | readonly number[]): string {
    const list = typeof values === 'number' ? [values] : values;
    const shape = typeof values === 'number' ? [] : [values.length];
    // ±Infinity stands for the end of an axis; ONNX clamps.
    const limit = 2n ** 63n - 1n;
    const data = BigInt64Array.from(list, (value) => (value === Number.POSITIVE_INFINITY ? limit : BigInt(value)));
    return this.embedded(`i64 ${typeof values === 'number' ? values : `[${values.join()}]`}`, 'i64', shape, data);
  }

  /** A constant whose bytes lie in the model itself. */
  embedded(
    name: string,
    dtype: ElementType,
    shape: readonly number[],
    data: Float32Array | BigInt64Array | Int8Array | Uint8Array,
  ): string {
    if (!this.initializers.has(name)) {
      const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      this.initializers.set(
        name,
        create(TensorProtoSchema, { name, dataType: dataTypes[dtype], dims: shape.map(BigInt), rawData }),
      );
    }
    return name;
  }

  /** A constant whose bytes lie in a file: `location` is relative to the folder that the session is given. */
  external(
    name: string,
    dtype: 'f32' | 'i8' | 'u8',
    shape: readonly number[],
    { location, offset }: { readonly location: string; readonly offset: number },
  ): string {
    const length = (dtype === 'f32' ? 4 : 1) * elements(shape);
    this.initializers.set(
      name,
      create(TensorProtoSchema, {
        name,
        dataType: dataTypes[dtype],
        dims: shape.map(BigInt),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [
          { key: 'location', value: location },
          { key: 'offset', value: String(offset) },
          { key: 'length', value: String(length) },
        ],
      }),
    );
    return name;
  }

  input(name: string, dtype: DType, shape: Shape): string {
    this.inputs.set(name, valueInfo(name, dtype, shape));
    return name;
  }

  /**
   * Says what a node's result is. The engine finds out most sizes by itself, but not those behind a Reshape that works
   * one out: it plans no memory for such values again, and its search for memory to use grows with their square.
   */
  describe(result: string, dtype: ElementType, shape: Shape): void {
    if (this.initializers.has(result) || this.inputs.has(result)) return;
    this.described.set(result, valueInfo(result, dtype, shape));
  }

  /** Names a result as an output of the model. */
  output(name: string, result: string, dtype: ElementType, shape: Shape): void {
    this.nodes.push(create(NodeProtoSchema, { opType: 'Identity', input: [result], output: [name] }));
    this.outputs.push(valueInfo(name, dtype, shape));
  }

  /** The names of the model's inputs. */
  inputNames(): readonly string[] {
    return [...this.inputs.keys()];
  }

  private graph(name: string, input: readonly ValueInfoProto[], initializer: readonly TensorProto[]): GraphProto {
    return create(GraphProtoSchema, {
      name,
      node: this.nodes,
      initializer: [...initializer],
      input: [...input],
      output: this.outputs,
      valueInfo: [...this.described.values()],
    });
  }

  /** The model as the bytes of an `.onnx` file. */
  finish(): Uint8Array {
    const model = create(ModelProtoSchema, {
      irVersion,
      producerName: 'peft-lab',
      opsetImport: [
        { domain: '', version: opsetVersion },
        { domain: 'com.microsoft', version: 1n },
      ],
      graph: this.graph('graph', [...this.inputs.values()], [...this.initializers.values()]),
    });
    return toBinary(ModelProtoSchema, model);
  }
}

function attributeProto(name: string, value: NodeAttributes[string]): AttributeProto {
  if (typeof value === 'number') {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
  }
  if (typeof value === 'string') {
    const s = new TextEncoder().encode(value);
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRING, s });
  }
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
  }
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) });
}

function valueInfo(name: string, dtype: ElementType, shape: Shape): ValueInfoProto {
  const dim = shape.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: dataTypes[dtype], shape: { dim } } } },
  });
}
