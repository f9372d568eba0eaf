import path from 'node:path';
import { type Command, Option } from 'commander';
import { errorMessage } from '../../../files/failure.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { resolveSweep, runsFolderOf, sweepFolders } from '../../../runs/folder/sweepFolder.ts';
import {
  type Cli,
  type DefaultsOption,
  defaultOption,
  type RunsOption,
  repeatable,
  runsOption,
  storeOf,
} from '../../cli.ts';
import type { StoredSweep } from '../../sweeps/storedSweep.ts';
import type { DetachOptions } from '../../sweeps/sweepActions.ts';
import type { SweepFlags } from '../../sweeps/sweepOfFlags.ts';
import { registerSweepCheck } from './sweepCheck.ts';
import { registerSweepReport } from './sweepReport.ts';

/** Plans, methods and statistics: not for the processes that only register this command. */
const actions = () => import('../../sweeps/sweepActions.ts');

/** The sweep that a name means. */
async function named(options: RunsOption, name: string): Promise<StoredSweep> {
  const store = storeOf(options, defaultRunsFolder);
  return (await import('../../sweeps/storedSweep.ts')).storedSweep(store, resolveSweep(store.folder, name));
}

interface StartOptions extends RunsOption, SweepFlags, DetachOptions, DefaultsOption {
  readonly dryRun?: boolean;
  readonly new?: boolean;
}

const detachOption = [
  '--detach',
  'run it in a process of its own, which outlives this one; its output lies with the sweep',
] as const;
const detachedOption = () => new Option('--detached', 'be the process that --detach starts').hideHelp();

/** `peft-lab sweep …`: methods compared fairly, from one file. */
export function registerSweep(program: Command, cli: Cli): void {
  const sweep = program
    .command('sweep')
    .summary('compare methods: tune each, judge them with many seeds')
    .description('Compares methods: tunes each one on validation rows and judges them with fresh seeds on test rows.');
  registerSweepCheck(sweep, cli);
  sweep
    .command('start <file>')
    .summary('start a sweep, or go on with it')
    .description(
      'Starts the sweep of a *.sweep.yaml file, or goes on with it: no run is made twice. Ctrl-C stops after the step with a checkpoint. A config (*.peft.yaml) with --methods starts a sweep without a file: `peft-lab sweep CONFIG --methods ln-tuning,bitfit` writes the file first.',
    )
    .option('--methods <list>', 'beside a config: methods to compare: ln-tuning,bitfit,"[prefix, ln-tuning]"')
    .option('--tune <key=values>', 'beside a config: values to tune for each method alike; repeatable', repeatable)
    .option('--set <key=values>', 'beside a config: values to compare, each on its own; repeatable', repeatable)
    .option('--seeds <seeds>', 'beside a config: seeds of the results: 5, 1-5 or 1,2,5')
    .option('--dry-run', 'print the number of runs and their time; start nothing')
    .option('--new', 'start a new sweep although this file was started before')
    .option(...detachOption)
    .addOption(detachedOption())
    .addOption(defaultOption())
    .option(...runsOption)
    .action(
      cli.action(async (file: string, options: StartOptions) =>
        (await actions()).startSweep(cli, storeOf(options, defaultRunsFolder), file, options),
      ),
    );
  sweep
    .command('resume <sweep>')
    .summary('resume a sweep')
    .description(
      'Resumes a sweep: runs that were stopped or died go on from their checkpoints, missing ones are trained.',
    )
    .option(...detachOption)
    .addOption(detachedOption())
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: RunsOption & DetachOptions) => {
        const sweep = await named(options, name);
        cli.note((await import('../../sweeps/openSweep.ts')).placeWarning(sweep));
        return await (await actions()).resumeSweep(cli, sweep, options);
      }),
    );
  sweep
    .command('stop <sweep>')
    .summary('stop a sweep')
    .description('Stops the run under way with a checkpoint, and starts no further one; `sweep resume` goes on.')
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: RunsOption) =>
        (await actions()).stopSweep(cli, await named(options, name)),
      ),
    );
  sweep
    .command('status [sweep]')
    .summary('show the progress of sweeps')
    .description('Shows the progress of a sweep, with the runs that have no result; without a name, of all sweeps.')
    .option('--json', 'one object a sweep')
    .option(...runsOption)
    .action(
      cli.action(async (name: string | undefined, options: RunsOption & { readonly json?: boolean }) => {
        const store = storeOf(options, defaultRunsFolder);
        const names = name === undefined ? sweepFolders(store.folder).map((folder) => path.basename(folder)) : [name];
        if (names.length === 0) cli.note(`no sweep in ${store.folder}\n`);
        const { tellSweep } = await actions();
        for (const one of names) {
          try {
            await tellSweep(cli, await named(options, one), options.json ?? false);
          } catch (error) {
            // One that cannot be read, or not by this version, keeps nobody from the others.
            if (name !== undefined) throw error;
            cli.note(`${errorMessage(error)}\n`);
          }
        }
        return 0;
      }),
    );
  sweep
    .command('view <sweep>', { hidden: true })
    .description('Everything that the editor shows of a sweep, as one JSON object.')
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: RunsOption) => {
        await (await actions()).printSweepView(cli, await named(options, name));
        return 0;
      }),
    );
  registerSweepReport(sweep, cli);
  sweep
    .command('task <folder> <task>', { hidden: true })
    .requiredOption('--batch <number>')
    .requiredOption('--kill-wait <seconds>')
    .action(
      cli.action(
        async (folder: string, task: string, options: { readonly batch: string; readonly killWait: string }) => {
          const { runSweepTask } = await import('../../sweeps/sweepTask.ts');
          const stored = await named({ runs: runsFolderOf(folder) }, path.basename(folder));
          const { batch, killWait } = options;
          return await runSweepTask(cli, stored, {
            batch: Number(batch),
            task: Number(task),
            killWaitSeconds: Number(killWait),
          });
        },
      ),
    );
}
