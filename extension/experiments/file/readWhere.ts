import { shortName } from '../../problems/showValue.ts';
import type { ReportError } from './readArms.ts';
import type { Where } from './sweep.ts';
import { type SweepInput, sweepSchema } from './sweepSchema.ts';

type Written = SweepInput['where'];

/** What `where` says of a machine. */
const ofMachine: readonly string[] = ['engine', 'at_once', 'gpus'] satisfies (keyof Written)[];

/** Options of sbatch that a sweep sets itself, and by which of its keys. With others its runs would be lost or never begin. */
const ownOptions: Readonly<Record<string, string | undefined>> = {
  ...{ '--array': 'at_once', '-a': 'at_once', '--dependency': undefined, '-d': undefined },
  ...{ '--job-name': undefined, '-J': undefined, '--signal': undefined, '--no-requeue': undefined },
};

/** What `where` says. A key that its engine knows nothing of is an error: it would be asked for in vain. */
export function readWhere(written: Written, error: ReportError): Where {
  const { engine, gpus, at_once: atOnce } = written;
  if (engine === 'local') {
    const usual = sweepSchema.shape.where.parse({});
    for (const [key, value] of Object.entries(written)) {
      const isUsual = JSON.stringify(value) === JSON.stringify(usual[key as keyof Written]);
      if (!ofMachine.includes(key) && !isUsual)
        error(
          ['where', key],
          'must stand beside engine: slurm, for this machine has no jobs; add that, or remove this',
        );
    }
    return { engine, atOnce: atOnce ?? (gpus > 0 ? gpus : undefined), gpus };
  }
  if (gpus > 0 && written.gres !== null) error(['where', 'gres'], 'must not stand beside gpus; remove one of them');
  for (const key of ['setup', 'options'] as const)
    written[key].forEach((line, i) => {
      if (/[\r\n]/.test(line)) error(['where', key, i], 'must be one line, got several; list them one by one');
    });
  written.options.forEach((option, i) => {
    const name = /^--[a-z-]+|^-\w/.exec(option)?.[0];
    if (name === undefined)
      error(['where', 'options', i], `must begin with -, got ${shortName(option)}; write it as sbatch takes it`);
    else if (Object.hasOwn(ownOptions, name)) {
      const key = ownOptions[name];
      const cure = key === undefined ? 'remove it' : `set where.${key} for runs at a time`;
      error(['where', 'options', i], `must not set ${name}, which the sweep sets itself; ${cure}`);
    }
  });
  return {
    engine,
    atOnce: atOnce ?? undefined,
    partition: written.partition ?? undefined,
    account: written.account ?? undefined,
    minutes: written.time === null ? undefined : minutesOf(written.time),
    cpus: written.cpus,
    gres: written.gres ?? (gpus > 0 ? `gpu:${gpus}` : undefined),
    memory: written.memory ?? undefined,
    runsPerJob: written.runs_per_job ?? undefined,
    setup: written.setup,
    options: written.options,
  };
}

const minutesIn = { m: 1, h: 60, d: 1440 };

/** `90m`, `1.5h`, `1d`: at least one, rounded up. */
function minutesOf(text: string): number {
  const unit = text.at(-1) as keyof typeof minutesIn;
  return Math.max(1, Math.ceil(Number.parseFloat(text) * minutesIn[unit]));
}
