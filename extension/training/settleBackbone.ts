import * as z from 'zod';
import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import { outlierChannels as outlierChannelsSchema, type RunRecord } from '../contract/run.ts';
import {
  type Backbone,
  type Device,
  type Engine,
  type GradientRequest,
  type OpenOptions,
  type OutlierChannels,
  type TrainableState,
  type TrainingProgram,
  type TrainingSession,
  takesInt8,
} from '../engines/engine.ts';
import { checkedBatches, checkInt8, type Int8Verdict } from '../engines/trials/int8Check.ts';
import { type ChannelSample, outlierChannels } from '../engines/trials/outlierChannels.ts';
import { frozenProduct } from '../graph/frozenProduct.ts';
import { isCausal } from '../graph/isCausal.ts';
import { topological } from '../graph/node.ts';
import { baseOf, chooseEngine } from '../runs/folder/engineChoice.ts';
import type { Batch } from '../tasks/task.ts';
import { keptAnswer } from './keptAnswer.ts';
import { lossScale } from './loop/lossScale.ts';
import type { Report } from './loop/report.ts';
import type { TrainingBatches } from './loop/stepBatches.ts';

/** What a run's frozen weights are multiplied as. */
export interface BackboneChoice {
  readonly backbone: Backbone;
  /** What an int8 backbone multiplies in fp32 all the same; absent: nothing. */
  readonly outliers?: OutlierChannels | undefined;
}

/** The run that asks, with the whole graphs: what is taken does not depend on an activation cache. */
export interface BackboneRequest {
  readonly folder: string;
  readonly record: RunRecord;
  readonly config: Pick<ResolvedConfig, 'backbone'>;
  readonly program: TrainingProgram;
  readonly options: OpenOptions;
  readonly batches: TrainingBatches;
  /** A few rows for a check, which no seed decides. @param share how far down from the longest to the shortest, 0 … 1 */
  readonly fewRows: (share: number) => Batch;
  /** What channels are measured in. @param batches default: a few rows that no seed decides and that judge nothing */
  readonly sample: (batches?: readonly Batch[]) => ChannelSample;
  /** First values that the run's seed does not decide. */
  readonly unseeded: () => Promise<TrainableState>;
  /** What an earlier attempt settled. */
  readonly recorded: BackboneChoice | undefined;
  readonly report: Report;
}

/** What was settled, and the session that was checked for it, where there is one: of the whole graphs, with other values. */
export interface SettledBackbone {
  readonly choice: BackboneChoice;
  readonly checked?: TrainingSession | undefined;
}

/**
 * Settles what the config leaves open. A decoder's int8 is always checked, for all of them have channels that bytes
 * cannot hold beside the others; an encoder's where the config says `auto`.
 */
export async function settleBackbone(
  engine: Engine,
  device: Device,
  request: BackboneRequest,
): Promise<SettledBackbone> {
  const { folder, config, options, recorded, report } = request;
  const { backbone: asked } = config;
  const isDecoder = isCausal(request.program.training);
  if (asked === 'fp32') return { choice: { backbone: asked } };
  if (!topological(Object.values(request.program.training.outputs)).some(frozenProduct)) {
    const choice = { backbone: 'fp32' } as const;
    const message = `backbone: ${asked} takes fp32: nothing is multiplied by a frozen weight`;
    if (!recorded) report({ type: 'note', code: 'backbone', message });
    chooseEngine(folder, choice);
    return { choice };
  }
  if (asked === 'int8' && !isDecoder) return { choice: { backbone: asked } };
  if (!takesInt8(engine, device)) return { choice: { backbone: 'fp32' } };
  if (recorded) return { choice: recorded };
  const { judged, sample, program } = await (isDecoder ? askedOfDecoder : askedOfEncoder)(request);
  const asGradients = gradientRequest(judged);
  let checked: TrainingSession | undefined;
  const check = async (): Promise<Int8Verdict> => {
    const forms = isDecoder ? (['without-outliers'] as const) : (['whole', 'without-outliers'] as const);
    const channels = () => channelsOf(engine, { ...request, options: { ...options, device } }, sample);
    const found = await checkInt8(engine, program, { ...options, device }, asGradients, { forms, channels });
    checked = found.session;
    return found.verdict;
  };
  const question = {
    version: 'verdict 3',
    files: baseOf(request.folder, request.record).files,
    graphs: [program.training, sample.forward],
    values: program.initial.values,
    batches: [...asGradients.batches, ...sample.batches],
  };
  const { backbone, outliers, reason } = await keptAnswer(question, verdictSchema, check);
  const choice = { backbone, ...(outliers && { outliers }) };
  chooseEngine(folder, choice);
  const message = `backbone: ${asked} ${reason}`;
  const isRefused = asked === 'int8' && backbone === 'fp32';
  report({ type: isRefused ? 'warning' : 'note', code: 'backbone', message });
  return { choice, checked };
}

interface Question {
  readonly program: TrainingProgram;
  /** Whose gradients are compared. */
  readonly judged: readonly Batch[];
  readonly sample: ChannelSample;
}

async function askedOfEncoder({ program, batches, sample }: BackboneRequest): Promise<Question> {
  const first = batches.epoch(0);
  const count = Math.min(checkedBatches, batches.batchesPerEpoch);
  const judged = (await Promise.all(Array.from({ length: count }, (_, i) => first.parts(i)))).flat();
  return { program, judged, sample: sample(judged) };
}

/**
 * Few rows, for a decoder is large; and those that judge are not those that the channels were measured on. The seed
 * decides neither rows nor values: runs of other seeds find the verdict.
 */
async function askedOfDecoder({ program, fewRows, sample, unseeded }: BackboneRequest): Promise<Question> {
  const judged = { ...program, initial: await unseeded() };
  return { program: judged, judged: [fewRows(1 / 2)], sample: sample() };
}

export const gradientRequest = (batches: readonly Batch[]): GradientRequest => ({
  step: 1,
  batches: batches.map(({ feeds }) => feeds),
  lossScale: lossScale(batches),
});

/**
 * The channels that an int8 backbone multiplies in fp32. They are the model's own and kept for runs of all methods, each of
 * which uses those of the weights that it leaves frozen.
 */
async function channelsOf(engine: Engine, request: BackboneRequest, sample: ChannelSample) {
  const { program, options } = request;
  const question = {
    version: 'channels 1',
    files: baseOf(request.folder, request.record).files,
    graphs: [sample.forward],
    values: new Map(),
    batches: sample.batches,
  };
  const measure = () => outlierChannels(engine, options, sample);
  const channels = await keptAnswer(question, outlierChannelsSchema, measure);
  return Object.fromEntries(Object.entries(channels).filter(([name]) => program.frozen.has(name)));
}

const verdictSchema = z.object({
  backbone: z.enum(['fp32', 'int8']),
  outliers: outlierChannelsSchema.optional(),
  cosine: z.number(),
  lossDifference: z.number(),
  reason: z.string(),
});
