import type { FrozenTensor, Tensor } from '../../graph/tensor.ts';
import type { Graph } from '../../graph/value.ts';
import { gradientRows, withGradients } from '../../graph/withGradients.ts';
import type { Capabilities, Device, Engine, OpenOptions, Session, TrainingProgram } from '../engine.ts';
import { HostTensors } from '../hostTensors.ts';
import { demandDevice } from './demandDevice.ts';
import { GraphSession, type SessionSource } from './graphSession.ts';
import type { WeightBytes } from './lowering/int8Product.ts';
import type { OnnxDevice } from './native/providers.ts';
import { OnnxSession } from './onnxSession.ts';
import { OnnxTraining } from './onnxTraining.ts';
import { exactBytes } from './weights/int8Weights.ts';
import { prepacks } from './weights/prepacks.ts';
import { placeWeights } from './weights/weights.ts';

/** A model's own bytes must stay below 2 GiB; what goes beyond this is sent to a device at every run. */
const deviceRoomBytes = 2 ** 30;

const capabilities: Capabilities = {
  devices: {
    cpu: { precisions: ['fp32'], backbones: ['fp32', 'int8'] },
    webgpu: { precisions: ['fp32'], backbones: ['fp32'] },
    cuda: { precisions: ['fp32'], backbones: ['fp32'] },
  },
  compiles: false,
  stagesAhead: false,
  feedsInPlace: true,
  keepsOutputs: true,
  fuses: [],
};

/** Computes in this process through onnxruntime; nothing else needs to be installed. */
export function onnxEngine(ownDevice: Device = 'auto'): Engine {
  let bytes: Promise<WeightBytes> | undefined;
  const place = async (
    frozen: ReadonlyMap<string, FrozenTensor>,
    device: OnnxDevice,
    { backbone, outliers }: OpenOptions,
  ): Promise<Pick<SessionSource, 'placements' | 'int8' | 'outliers'>> => {
    if (backbone === 'int8') bytes ??= exactBytes();
    return {
      placements: placeWeights(frozen, device === 'cpu' ? 0 : deviceRoomBytes),
      int8: bytes && backbone === 'int8' ? { frozen, dtype: await bytes } : undefined,
      outliers,
    };
  };
  return {
    name: 'onnx',
    device: ownDevice,
    capabilities,
    async open<G extends string>(
      graphs: Readonly<Record<G, Graph>>,
      frozen: ReadonlyMap<string, FrozenTensor>,
      options: OpenOptions = {},
    ): Promise<Session<G>> {
      const device = await settled(options.device ?? ownDevice);
      const source = { ...(await place(frozen, device, options)), trainable: new Map(), seed: 0 };
      const { threads } = options;
      const open = (graph: Graph) =>
        GraphSession.open({ ...source, graph }, { threads, device, prepack: prepacks(options) });
      return await OnnxSession.open(graphs, open);
    },
    async openTraining(program: TrainingProgram, options: OpenOptions = {}) {
      const device = await settled(options.device ?? ownDevice);
      const { training, evaluation, trainable, seed } = program;
      const graph = withGradients(training, trainable);
      const byRows = trainable.flatMap(({ name }) => (gradientRows(graph, name) ? [name] : []));
      const tuned = new HostTensors(program, new Set(byRows));
      const values = tuned.tensors.map(
        ({ name, shape, values: data }) => [name, { dtype: 'f32', shape, data } satisfies Tensor] as const,
      );
      const source = { ...(await place(program.frozen, device, options)), trainable: new Map(values), seed };
      const { threads, backbone } = options;
      const session = await GraphSession.open(
        { ...source, graph },
        { threads, device, prepack: prepacks(options), profile: device !== 'cpu' },
      );
      const openEvaluation = () =>
        GraphSession.open({ ...source, graph: evaluation }, { threads, device, prepack: backbone === 'int8' });
      return new OnnxTraining({ graph, seed, device, tuned, session, openEvaluation });
    },
    isUsable: true,
    close: async () => {},
  };
}

/** The device that a session opens on. @throws UserError when it cannot be used */
async function settled(device: Device): Promise<OnnxDevice> {
  if (device === 'auto' || device === 'cpu') return 'cpu';
  await demandDevice(device);
  return device;
}
