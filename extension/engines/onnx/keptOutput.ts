import type { Tensor } from '../../graph/tensor.ts';
import type { DType } from '../../graph/value.ts';
import type { KeptTensor } from '../engine.ts';
import { EngineTensor, fromEngine, toEngine, typeOf } from './native/session.ts';

/** An output in the form in which the engine takes it as a feed: handing it back copies nothing. */
export class KeptOutput implements KeptTensor {
  readonly tensor: EngineTensor;
  readonly dtype: DType;

  constructor(tensor: EngineTensor) {
    this.tensor = tensor;
    this.dtype = typeOf(tensor);
  }

  get shape(): readonly number[] {
    return this.tensor.dims;
  }

  async clone(): Promise<KeptTensor> {
    const data = (await this.tensor.getData()).slice() as EngineTensor['data'];
    return new KeptOutput(new EngineTensor(this.tensor.type as 'float32', data as Float32Array, this.shape));
  }

  async fetch(): Promise<Tensor> {
    return fromEngine('kept tensor', this.tensor);
  }

  async release(): Promise<void> {
    this.tensor.dispose();
  }
}

/** The engine's view of a feed. @throws Error for a tensor that another engine keeps */
export function engineTensor(feed: Tensor | KeptTensor): EngineTensor {
  if ('data' in feed) return toEngine(feed);
  if (feed instanceof KeptOutput) return feed.tensor;
  throw new Error('a kept tensor must be one of this engine; fetch it from the other one');
}
