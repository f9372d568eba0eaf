import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Budget } from '../../extension/contract/budget.ts';
import type { JournalEvent } from '../../extension/contract/journal.ts';
import type { RunRecord } from '../../extension/contract/run.ts';
import type { TrainerProgram } from '../../extension/processes/trainerCommand.ts';
import type { Work, WorkContext, WorkOutcome } from '../../extension/runs/control/work.ts';
import { RunStore, readRunRecord } from '../../extension/runs/folder/store.ts';
import { prepare } from '../../extension/training/prepare/prepare.ts';
import { openWork } from '../../extension/training/work.ts';

export const examples = path.resolve(import.meta.dirname, '../../examples');

/** A config over the example model and the first rows of its reviews: two epochs of five batches, with dropout. */
export function smallConfig(folder: string, extra: Record<string, unknown> = {}): string {
  const head = (name: string, rows: number) =>
    `${readFileSync(path.join(examples, 'data', name), 'utf8')
      .split('\n')
      .slice(0, rows + 1)
      .join('\n')}\n`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'train.tsv'), head('reviews-train.tsv', 40));
  writeFileSync(path.join(folder, 'validation.tsv'), head('reviews-validation.tsv', 20));
  const config = {
    model: path.join(examples, 'model'),
    task: 'classification',
    data: { train: 'train.tsv', validation: 'validation.tsv', max_length: 64 },
    methods: ['ln-tuning'],
    training: { epochs: 2, batch_size: 8, checkpoint_steps: 2, dropout: 0.1 },
    ...extra,
  };
  const file = path.join(folder, 'small.peft.yaml');
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** Creates a run folder for a config. @throws with the config's problems */
export async function createRun(config: string, overrides: readonly string[] = []): Promise<string> {
  const prepared = await prepare(config, overrides, () => {});
  if (!prepared.ok) throw new Error(prepared.problems.map(({ message }) => message).join('\n'));
  return new RunStore(path.join(path.dirname(config), 'runs')).create(prepared.run).folder;
}

/** Works on a run in this process until it ends, or until `stopAfter` steps of this attempt. */
export async function attempt(
  folder: string,
  resume: boolean,
  stopAfter = Number.POSITIVE_INFINITY,
  { trainer, until, work }: { readonly trainer?: TrainerProgram; readonly until?: Budget; readonly work?: Work } = {},
): Promise<{ readonly outcome: WorkOutcome; readonly events: readonly JournalEvent[]; readonly record: RunRecord }> {
  const record = await readRunRecord(folder);
  const events: JournalEvent[] = [];
  const steps = () => events.filter(({ type }) => type === 'progress').length;
  const context: WorkContext = {
    folder,
    record,
    resume,
    emit: (event) => void events.push(event),
    until,
    ...(trainer && { trainer }),
    mustStop: async () => steps() >= stopAfter,
  };
  if (work) return { outcome: await work(context), events, record };
  const opened = await openWork();
  try {
    return { outcome: await opened.work(context), events, record };
  } finally {
    await opened.close();
  }
}

/** The tensors of a run's adapter, without the header that names the run. */
export function adapterBytes(folder: string): Buffer {
  const bytes = readFileSync(path.join(folder, 'adapter', 'adapter.safetensors'));
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
}
