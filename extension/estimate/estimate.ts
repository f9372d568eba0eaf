import { existsSync } from 'node:fs';
import type { ResolvedConfig } from '../config/resolved/resolve.ts';
import type { RunEstimate } from '../contract/estimate.ts';
import type { Override, Problem } from '../contract/problem.ts';
import type { ReportProgress } from '../contract/reportProgress.ts';
import { rememberingRows } from '../data/batches/runRows.ts';
import { Surveys } from '../data/rows/surveys.ts';
import { mayHaveGpu } from '../engines/trials/mayHaveGpu.ts';
import { withoutDownloads } from '../hub/hubSettings.ts';
import { UserError } from '../problems/userError.ts';
import type { TrainerProgram } from '../processes/trainerCommand.ts';
import { readWithModel } from '../training/prepare/prepare.ts';
import { estimateRun } from './estimateRun.ts';
import { comparesInt8 } from './runTime.ts';
import { type FoundSpeeds, knownSpeeds, machineIdentity, speedsOf } from './speeds/machineSpeeds.ts';
import { workOfRun } from './work/workOfRun.ts';

export interface EstimateOptions {
  /** Starts the process that measures this machine; without it there must be figures of an earlier time. */
  readonly trainer?: TrainerProgram | undefined;
  /** Whether a hub model that is not here may be downloaded. */
  readonly downloads: boolean;
}

/** An estimate, or why there is none. */
type EstimatedRun =
  | {
      readonly ok: true;
      /** As `--methods` names them. */
      readonly methods: string;
      readonly estimate: RunEstimate;
      readonly problems: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Tells memory and time of a config's run, in each of some variants; files that several of them read are read once.
 * @param variants overrides of each
 * @throws UserError for another executor than the built-in one on the CPU, or without speeds · UserError ·
 * DataError · CheckpointError · HubError · MethodError
 */
export async function estimate(
  path: string,
  variants: readonly (readonly Override[])[],
  { trainer, downloads }: EstimateOptions,
  report: ReportProgress,
): Promise<EstimatedRun[]> {
  const surveys = new Surveys();
  const readRows = rememberingRows(report, surveys);
  const environment = downloads ? process.env : withoutDownloads(process.env);
  const runs: EstimatedRun[] = [];
  /** By threads: where nothing can be kept, the machine is still measured once a command. */
  const foundBefore = new Map<number, FoundSpeeds>();
  for (const overrides of variants) {
    const { config, methods, methodsLabel, problems, baseFolder } = await readWithModel(
      path,
      overrides,
      report,
      environment,
      surveys,
    );
    if (!config) {
      runs.push({ ok: false, problems });
      continue;
    }
    demandCpu(config);
    const machine = machineIdentity(config.threads);
    const found =
      foundBefore.get(machine.threads) ?? (trainer ? await speedsOf(machine, trainer, report) : knownSpeeds(machine));
    if (!found) {
      const rule = 'speeds: this machine must have been measured, got no figures';
      throw new UserError(`${rule}; estimate without --no-measure`);
    }
    foundBefore.set(machine.threads, found);
    const work = await workOfRun(config, methods, baseFolder, { environment, report, readRows });
    const estimate = {
      ...estimateRun(work, found.speeds),
      assumptions: assumptionsOf(config, comparesInt8(work), found.wasBusy),
    };
    runs.push({ ok: true, methods: methodsLabel, problems, estimate });
  }
  return runs;
}

function demandCpu({ executor, device }: ResolvedConfig): void {
  const cure = 'add --set executor=onnx --set device=cpu to see what the CPU would need';
  if (executor === 'torch') throw new UserError(`executor: only onnx can be estimated, got torch; ${cure}`);
  if (device !== 'auto' && device !== 'cpu') {
    throw new UserError(`device: only cpu can be estimated, got ${device}; ${cure}`);
  }
}

function assumptionsOf(
  { executor, device, backbone, training }: ResolvedConfig,
  compares: boolean,
  wasBusy: boolean,
): string[] {
  const mayUseGpu = device === 'auto' && mayHaveGpu(process.platform, process.env, existsSync);
  return [
    ...(executor === 'auto' || mayUseGpu ? ['The CPU is taken: no GPU is tried before the run starts.'] : []),
    ...(backbone === 'auto' ? ['backbone: auto takes fp32; with int8 it would be faster.'] : []),
    ...(compares ? ['int8 is compared with fp32, as in the first run with this model and these data.'] : []),
    ...(training.early_stopping ? ['The run does not stop early.'] : []),
    wasBusy
      ? 'This machine is as busy as when it was measured: idle, it would be faster.'
      : 'Nothing else keeps this machine busy.',
  ];
}
