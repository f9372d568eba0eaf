import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import { outlierChannels, type RunRecord } from '../contract/run.ts';
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
import { engineVersion } from '../engines/onnx/native/engineFacts.ts';
import { checkedBatches, checkInt8, type Int8Verdict } from '../engines/trials/int8Check.ts';
import { readJsonFile, writeJsonAtomic } from '../files/atomicFile.ts';
import { cacheFolder } from '../files/cacheFolder.ts';
import { makeFolder } from '../files/makeFolder.ts';
import { isCausal } from '../graph/isCausal.ts';
import { printGraph } from '../graph/print.ts';
import type { Feeds } from '../graph/tensor.ts';
import { chooseEngine } from '../runs/folder/engineChoice.ts';
import type { Batch } from '../tasks/task.ts';
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
  const { folder, record, config, options, recorded, report } = request;
  const { backbone: asked } = config;
  const isDecoder = isCausal(request.program.training);
  if (asked === 'fp32' || (asked === 'int8' && !isDecoder)) return { choice: { backbone: asked } };
  if (!takesInt8(engine, device)) return { choice: { backbone: 'fp32' } };
  if (recorded) return { choice: recorded };
  const { judged, sample, program } = await (isDecoder ? askedOfDecoder : askedOfEncoder)(request);
  const asGradients = gradientRequest(judged);
  let checked: TrainingSession | undefined;
  const check = async (): Promise<Int8Verdict> => {
    const forms = isDecoder ? (['without-outliers'] as const) : (['whole', 'without-outliers'] as const);
    const found = await checkInt8(engine, program, { ...options, device }, asGradients, { forms, sample });
    checked = found.session;
    return found.verdict;
  };
  const batches = [...asGradients.batches, ...sample];
  const { backbone, outliers, reason } = await keptVerdict(record, program, batches, check);
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
  /** On which channels are measured. */
  readonly sample: readonly Feeds[];
}

async function askedOfEncoder({ program, batches }: BackboneRequest): Promise<Question> {
  const first = batches.epoch(0);
  const count = Math.min(checkedBatches, batches.batchesPerEpoch);
  const judged = (await Promise.all(Array.from({ length: count }, (_, i) => first.parts(i)))).flat();
  return { program, judged, sample: judged.map(({ feeds }) => feeds) };
}

/**
 * Few rows, for a decoder is large; and those that judge are not those that the channels were measured on. The seed
 * decides neither rows nor values: runs of other seeds find the verdict.
 */
async function askedOfDecoder({ program, fewRows, unseeded }: BackboneRequest): Promise<Question> {
  const [first, second, third] = [1 / 4, 1 / 2, 3 / 4].map(fewRows);
  const judged = { ...program, initial: await unseeded() };
  return { program: judged, judged: [second!], sample: [first!.feeds, third!.feeds] };
}

export const gradientRequest = (batches: readonly Batch[]): GradientRequest => ({
  step: 1,
  batches: batches.map(({ feeds }) => feeds),
  lossScale: lossScale(batches),
});

/** Raised whenever the check changes: older verdicts are then made anew. */
const verdictVersion = 2;

const storedVerdict = z.object({
  version: z.literal(verdictVersion),
  backbone: z.enum(['fp32', 'int8']),
  outliers: outlierChannels.optional(),
  cosine: z.number(),
  lossDifference: z.number(),
  reason: z.string(),
});

/** A verdict, kept in the folder for caches: it is a function of the model, the program's first values and the rows. */
async function keptVerdict(
  { base }: RunRecord,
  { training, initial }: TrainingProgram,
  batches: readonly Feeds[],
  check: () => Promise<Int8Verdict>,
): Promise<Int8Verdict> {
  if (base === undefined) return await check();
  const digest = createHash('sha256');
  digest.update(JSON.stringify([verdictVersion, engineVersion, base.files, printGraph(training)]));
  for (const [name, values] of initial.values) digest.update(name).update(values);
  for (const feeds of batches) {
    for (const [name, { shape, data }] of Object.entries(feeds)) digest.update(`${name} ${shape}`).update(data);
  }
  const folder = join(cacheFolder(process.env), 'int8');
  const file = join(folder, `${digest.digest('hex').slice(0, 32)}.json`);
  try {
    const known = readJsonFile(file, storedVerdict);
    if (known.kind === 'ok') return known.value;
  } catch {
    // A cache that cannot be read costs time, never a run.
  }
  const verdict = await check();
  try {
    makeFolder(folder);
    writeJsonAtomic(file, { version: verdictVersion, ...verdict }, false);
  } catch {
    // The next run checks again.
  }
  return verdict;
}
