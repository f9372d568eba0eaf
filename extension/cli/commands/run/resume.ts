import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { adapterFiles, runFiles } from '../../../contract/run.ts';
import { claimRun, demandFree } from '../../../runs/folder/claim.ts';
import { chooseEngine } from '../../../runs/folder/engineChoice.ts';
import { defaultRunsFolder } from '../../../runs/folder/store.ts';
import { currentProcess } from '../../../runs/process/process.ts';
import { RunError } from '../../../runs/runErrors.ts';
import { exitCodeOf } from '../../../supervisor/ending.ts';
import { type Cli, type OtherBaseOption, otherBaseOption, type RunsOption, runsOption, storeOf } from '../../cli.ts';
import { openReport } from '../../output/progressView.ts';
import { demandQueue, limitOption, type QueueOptions, queueOption, startWaiting } from '../../queueOptions.ts';
import { describeEnd, leaveRoom, runOne } from '../../runOne.ts';
import { judgeAgain } from '../../sweeps/judgeAgain.ts';

interface ResumeOptions extends RunsOption, OtherBaseOption, QueueOptions {
  readonly json?: boolean;
  readonly executor?: string;
  readonly device?: string;
}

export function registerResume(program: Command, cli: Cli): void {
  program
    .command('resume <run>')
    .summary('resume a stopped, failed or died run')
    .description(
      'Goes on from the last checkpoint of a stopped, failed or died run. RUN is an id, a part of one, a path or `last`.',
    )
    .option('--executor <name>', 'resume with another executor: onnx or torch')
    .option('--device <device>', 'resume on another device: auto, cpu, webgpu, cuda or cuda:N')
    .option(...queueOption)
    .option(...limitOption)
    .option('--json', 'one journal event a line on stdout')
    .option(...otherBaseOption)
    .option(...runsOption)
    .action(
      cli.action(async (name: string, options: ResumeOptions) => {
        demandQueue(options);
        const store = storeOf(options, defaultRunsFolder);
        const folder = store.resolve(name);
        const run = await store.read(folder);
        if (run.state === 'finished' && isKept(folder)) {
          throw new RunError(
            'state',
            `${run.id}: has finished and cannot be resumed; train its config again for another run`,
          );
        }
        const { executor, device } = options;
        // Another executor does not go on with the device that this one settled on, but with what the config says.
        const engine = { ...(executor && { executor, device: run.record.device }), ...(device && { device }) };
        if (Object.keys(engine).length > 0) {
          // With it come methods and models: not for the processes that only register this command.
          const { demandEngine } = await import('../../../training/prepare/runConfig.ts');
          demandEngine(run.record, engine);
        }
        const operations = await cli.loadOperations();
        const progress = openReport(cli.stderr);
        const base = await operations
          .settleBase(folder, options.allowOtherBase ?? false, progress.report)
          .finally(() => progress.close());
        const choice = { ...engine, ...(base && { base }) };
        const self = await currentProcess();
        if (options.queue) await demandFree(folder, self);
        else await claimRun(folder, self);
        if (Object.keys(choice).length > 0) chooseEngine(folder, choice);
        if (options.queue) {
          store.requeue(folder);
          cli.print(`${run.id}\n`);
          return startWaiting(store, options);
        }
        const end = await runOne(cli, folder, self, { json: options.json ?? false, title: run.record.methods });
        cli.note(describeEnd(folder, end));
        await leaveRoom(cli, store, end);
        await judgeAgain(cli, store, run.record);
        return exitCodeOf(end.state);
      }),
    );
}

/** Whether what a run tuned is there; one that has finished without it, or has lost it, writes it from its checkpoints. */
const isKept = (folder: string): boolean =>
  Object.values(adapterFiles).every((name) => existsSync(path.join(folder, runFiles.adapter, name)));
