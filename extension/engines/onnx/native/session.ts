import type { Tensor } from '../../../graph/tensor.ts';
import type { DType } from '../../../graph/value.ts';
import { Tensor as EngineTensor, InferenceSession } from './engine.ts';
import { type OnnxDevice, providerOf } from './providers.ts';

export { EngineTensor };
export type EngineSession = InferenceSession;

export interface SessionOptions {
  /** Folder of the external weights. */
  readonly folder: string | undefined;
  /** Threads of the engine; undefined: one for each processor core. */
  readonly threads: number | undefined;
  /** Lay the frozen weights out for the processor once: slower to load, more memory, faster steps. */
  readonly prepack: boolean;
  /** Where to compute. Default: `cpu`. */
  readonly device?: OnnxDevice;
  /** Have the engine record what it computes where, in a file whose name begins so. */
  readonly profilePrefix?: string;
}

/**
 * Opens a model on a device.
 * @throws Error with the engine's reason.
 */
export function openSession(
  model: Uint8Array,
  { folder, threads, prepack, device = 'cpu', profilePrefix }: SessionOptions,
): Promise<EngineSession> {
  const session: Record<string, string> = {
    // Idle threads of one session must not take time from the other.
    force_spinning_stop: '1',
    ...(prepack ? {} : { disable_prepacking: '1' }),
    ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
  };
  const { engineOptions, skippedRewritings } = providerOf(device);
  return InferenceSession.create(model, {
    executionProviders: engineOptions(device),
    graphOptimizationLevel: 'all',
    // Patterns are kept per input shape: with batches of many lengths they only cost memory.
    enableMemPattern: false,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    // It would warn of every graph that the CPU does a part of; what the CPU does is told in our own words.
    ...(device === 'cpu' ? {} : { logSeverityLevel: 3 }),
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
    extra: {
      session,
      ...(skippedRewritings.length > 0 && {
        optimization: { disable_specified_optimizers: skippedRewritings.join(';') },
      }),
    },
  });
}

const engineTypes = { f32: 'float32', i64: 'int64', bool: 'bool' } as const satisfies Record<DType, string>;

/** The engine's view of a host tensor: the same memory, not a copy. */
export function toEngine({ dtype, data, shape }: Tensor): EngineTensor {
  return new EngineTensor(engineTypes[dtype], data, shape);
}

/** The graph's name of an engine tensor's type. @throws Error for a type that graphs do not have */
export function typeOf({ type }: EngineTensor): DType {
  const found = (Object.keys(engineTypes) as DType[]).find((dtype) => engineTypes[dtype] === type);
  if (!found) throw new Error(`an output must be ${Object.keys(engineTypes).join(', ')}, got ${type}`);
  return found;
}

/** An output as a host tensor: the same memory, not a copy. @throws Error for a type that host tensors do not have */
export function fromEngine(name: string, { type, data, dims }: EngineTensor): Tensor {
  if (data instanceof Float32Array) return { dtype: 'f32', shape: dims, data };
  if (data instanceof BigInt64Array) return { dtype: 'i64', shape: dims, data };
  throw new Error(`${name}: an output must be f32 or i64 to be fetched, got ${type}`);
}
