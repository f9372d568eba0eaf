import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
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
  type TrainingProgram,
  takesInt8,
} from '../engines/engine.ts';
import { engineVersion } from '../engines/onnx/native/engineFacts.ts';
import { checkedBatches, checkInt8, type Int8Verdict } from '../engines/trials/int8Check.ts';
import { readJsonFile, writeJsonAtomic } from '../files/atomicFile.ts';
import { cacheFolder } from '../files/cacheFolder.ts';
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
  /** A few rows of a batch of the first epoch. */
  readonly fewRows: (batch: number) => Batch;
  /** What an earlier attempt settled. */
  readonly recorded: BackboneChoice | undefined;
  readonly report: Report;
}

/**
 * Settles what the config leaves open. A decoder's int8 is always checked, for all of them have channels that bytes
 * cannot hold beside the others; an encoder's where the config says `auto`.
 */
export async function settleBackbone(
  engine: Engine,
  device: Device,
  request: BackboneRequest,
): Promise<BackboneChoice> {
  const { folder, record, config, program, options, recorded, report } = request;
  const { backbone: asked } = config;
  const isDecoder = isCausal(program.training);
  if (asked === 'fp32' || (asked === 'int8' && !isDecoder)) return { backbone: asked };
  if (!takesInt8(engine, device)) return { backbone: 'fp32' };
  if (recorded) return recorded;
  const { judged, sample } = await (isDecoder ? rowsOfDecoder : rowsOfEncoder)(request);
  const asGradients = gradientRequest(judged);
  const { backbone, outliers, reason } = await keptVerdict(record, program, [...asGradients.batches, ...sample], () =>
    checkInt8(engine, program, { ...options, device }, asGradients, {
      forms: isDecoder ? ['without-outliers'] : ['whole', 'without-outliers'],
      sample,
    }),
  );
  const choice = { backbone, ...(outliers && { outliers }) };
  chooseEngine(folder, choice);
  const message = `backbone: ${asked} ${reason}`;
  const isRefused = asked === 'int8' && backbone === 'fp32';
  report({ type: isRefused ? 'warning' : 'note', code: 'backbone', message });
  return choice;
}

interface CheckedRows {
  /** Whose gradients are compared. */
  readonly judged: readonly Batch[];
  /** On which channels are measured. */
  readonly sample: readonly Feeds[];
}

async function rowsOfEncoder({ batches }: BackboneRequest): Promise<CheckedRows> {
  const first = batches.epoch(0);
  const count = Math.min(checkedBatches, batches.batchesPerEpoch);
  const judged = await Promise.all(Array.from({ length: count }, (_, i) => first.batch(i)));
  return { judged, sample: judged.map(({ feeds }) => feeds) };
}

/** Few, for a decoder is large; and the rows that judge are not those that the channels were measured on. */
async function rowsOfDecoder({ batches, fewRows }: BackboneRequest): Promise<CheckedRows> {
  const [first, second, third] = [0, 1, 2].map((i) => fewRows(i % batches.batchesPerEpoch));
  return { judged: [second!], sample: [first!.feeds, third!.feeds] };
}

export const gradientRequest = (batches: readonly Batch[]): GradientRequest => ({
  step: 1,
  batches: batches.map(({ feeds }) => feeds),
  lossScale: lossScale(batches),
});

/** Raised whenever the check changes: older verdicts are then made anew. */
const verdictVersion = 1;

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
    mkdirSync(folder, { recursive: true });
    writeJsonAtomic(file, { version: verdictVersion, ...verdict }, false);
  } catch {
    // The next run checks again.
  }
  return verdict;
}
