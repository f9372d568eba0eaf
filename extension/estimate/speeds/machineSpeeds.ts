import { availableParallelism, cpus, loadavg } from 'node:os';
import path from 'node:path';
import * as z from 'zod';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import { engineVersion } from '../../engines/onnx/native/engineFacts.ts';
import { cacheFolder } from '../../files/cacheFolder.ts';
import { startFailure } from '../../files/failure.ts';
import { keepJson, readKept } from '../../files/keptJson.ts';
import { UserError } from '../../problems/userError.ts';
import { Child } from '../../processes/child.ts';
import { exitText } from '../../processes/exit.ts';
import { readLines } from '../../processes/lines.ts';
import { type TrainerProgram, trainerCommand } from '../../processes/trainerCommand.ts';
import { type MachineSpeeds, machineSpeeds } from './speeds.ts';

/** Facts that speeds depend on: when one changes, they are measured again. */
export interface MachineIdentity {
  readonly cpu: string;
  readonly threads: number;
  readonly onnxruntime: string;
}

/** Raised whenever what is measured, or how work is counted, changes. */
const calibrationVersion = 3;

const storedSpeeds = z.object({
  version: z.literal(calibrationVersion),
  machine: z.object({ cpu: z.string(), threads: z.number(), onnxruntime: z.string() }),
  speeds: machineSpeeds,
  /** Whether other work was going on meanwhile: the figures serve until the machine is found idle. */
  wasBusy: z.boolean(),
});

/** Messages of the measuring process, one JSON object a line. */
const calibrationLine = z.union([
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('progress'), done: z.number(), total: z.number() }),
  z.object({
    type: z.literal('speeds'),
    speeds: machineSpeeds.omit({ process: true }),
    /** Of all processor time meanwhile, what other processes took: 0 … 1. */
    othersShare: z.number(),
  }),
]);
export type CalibrationLine = z.infer<typeof calibrationLine>;

/** From this share of the processor time on, what others did has slowed the measured steps down. */
const disturbingShare = 0.25;

/** @param threads of the engine; null: one for each processor core */
export const machineIdentity = (threads: number | null): MachineIdentity => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  threads: threads ?? availableParallelism(),
  onnxruntime: engineVersion(),
});

/** Where speeds are kept, and whether other work has been going on. */
interface SpeedsPlace {
  readonly folder: string;
  isBusy(): boolean;
}

/** The user's cache; busy is a machine half of whose processor cores others use. Windows does not tell. */
const thisPlace = (): SpeedsPlace => ({
  folder: path.join(cacheFolder(process.env), 'speeds'),
  isBusy: () => loadavg()[0]! > availableParallelism() / 2,
});

/** Speeds of a machine, and whether other work was going on when they were measured. */
export type FoundSpeeds = Pick<z.infer<typeof storedSpeeds>, 'speeds' | 'wasBusy'>;

/** Speeds that were measured for this machine, where they were. */
export function knownSpeeds(machine: MachineIdentity, place = thisPlace()): FoundSpeeds | undefined {
  const known = readKept(fileOf(machine, place), storedSpeeds);
  if (known === undefined || JSON.stringify(known.machine) !== JSON.stringify(machine)) return undefined;
  return { speeds: known.speeds, wasBusy: known.wasBusy };
}

/**
 * The speeds of this machine: from the cache, else measured in a process of its own and kept there, if that can be. What was measured
 * beside other work, before or meanwhile, is measured again when there is none.
 * @throws UserError when that process fails
 */
export async function speedsOf(
  machine: MachineIdentity,
  trainer: TrainerProgram,
  report: ReportProgress,
  place = thisPlace(),
): Promise<FoundSpeeds> {
  const isBusy = place.isBusy();
  const known = knownSpeeds(machine, place);
  if (known && (isBusy || !known.wasBusy)) return known;
  const { speeds, othersShare } = await measure(trainer, machine.threads, report);
  const wasBusy = isBusy || othersShare > disturbingShare;
  // Other work only ever slows down.
  if (known && wasBusy && known.speeds.product < speeds.product) return known;
  keepJson(fileOf(machine, place), { version: calibrationVersion, machine, speeds, wasBusy });
  return { speeds, wasBusy };
}

/** One file for each number of threads, for configs differ in it. */
const fileOf = ({ threads }: MachineIdentity, { folder }: SpeedsPlace): string =>
  path.join(folder, `${threads}-threads.json`);

async function measure(
  trainer: TrainerProgram,
  threads: number,
  report: ReportProgress,
): Promise<{ readonly speeds: MachineSpeeds; readonly othersShare: number }> {
  const started = performance.now();
  let process: number | undefined;
  let found: Awaited<ReturnType<typeof measure>> | undefined;
  const onLine = (text: string): void => {
    const line = calibrationLine.parse(JSON.parse(text));
    if (line.type === 'ready') process = (performance.now() - started) / 1000;
    if (line.type === 'progress') report('measuring this machine, once', line.done, line.total, 'rounds');
    if (line.type === 'speeds' && process !== undefined) {
      found = { speeds: { ...line.speeds, process }, othersShare: line.othersShare };
    }
  };
  const command = trainerCommand(trainer, ['calibrate', '--threads', String(threads)]);
  let wrong: unknown;
  const onOutput = readLines((text) => {
    try {
      onLine(text);
    } catch (error) {
      wrong = error;
      child.kill();
    }
  });
  const child = new Child(command, { onOutput });
  const exit = await child.exit;
  if (wrong !== undefined) throw wrong;
  if (found) return found;
  const end = exit.startError ? startFailure(exit.startError) : exitText(exit);
  throw new UserError(
    `calibration: must end with the speeds of this machine, got ${end}. ${child.lastWords.join('\n')}; ` +
      'run peft-lab environment to see what the engine lacks',
  );
}
