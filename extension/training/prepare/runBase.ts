import { baseDifference, identifyBase } from '../../checkpoint/baseIdentity.ts';
import type { ResolvedConfig } from '../../config/resolved/resolve.ts';
import type { ReportProgress } from '../../contract/reportProgress.ts';
import type { BaseIdentity, RunRecord } from '../../contract/run.ts';
import { OtherFiles } from '../../files/failure.ts';
import { UserError } from '../../problems/userError.ts';
import { baseOf } from '../../runs/folder/engineChoice.ts';
import { readRunRecord } from '../../runs/folder/store.ts';
import { modelFolderOf } from './prepare.ts';
import { configOf } from './runConfig.ts';

/** About a tuned model's base. */
export interface BaseOptions {
  /** Whether another model than the one it was trained on will do. */
  readonly allowOtherBase?: boolean | undefined;
}

/** A run, and the base model that it is about. */
interface RunOnBase {
  readonly runFolder: string;
  readonly record: RunRecord;
  readonly config: Pick<ResolvedConfig, 'model' | 'revision'>;
}

/**
 * The folder of the model that a run was trained on, downloaded first where the cache does not hold it.
 * @param allowOther whether another model than that one will do
 * @throws UserError naming what differs · HubError · CheckpointError
 */
export async function runBase(
  run: RunOnBase,
  report: ReportProgress,
  allowOther = false,
  environment = process.env,
): Promise<string> {
  const { runFolder, record, config } = run;
  const expected = baseOf(runFolder, record);
  const folder = await findBase(run, expected, report, allowOther, environment);
  if (allowOther) return folder;
  const difference = baseDifference(expected, await identifyBase(config.model, record.baseFolder, folder));
  if (difference === undefined) return folder;
  throw new UserError(
    `${folder}: must be the model that ${record.id} was trained on, got ${difference}; ` +
      'put the old files back, or take this one all the same with --allow-other-base',
    undefined,
    { cause: new OtherFiles() },
  );
}

/**
 * Makes sure that a run can go on with its base model.
 * @returns the model that it goes on with from now on, where that is another one and allowed
 * @throws UserError naming what differs · HubError · CheckpointError
 */
export async function settleBase(
  runFolder: string,
  allowOther: boolean,
  report: ReportProgress,
): Promise<BaseIdentity | undefined> {
  const record = readRunRecord(runFolder);
  const { config } = configOf(record);
  const folder = await runBase({ runFolder, record, config }, report, allowOther);
  return allowOther ? await identifyBase(config.model, record.baseFolder, folder) : undefined;
}

/** Where it lay it is looked for again: a folder that is gone is not sought at the hub, nor a commit in a folder. */
const findBase = (
  { record, config }: RunOnBase,
  expected: BaseIdentity,
  report: ReportProgress,
  allowOther: boolean,
  environment: NodeJS.ProcessEnv,
): Promise<string> => {
  const { model, revision } = config;
  const from = expected.commit === null ? 'folder' : 'hub';
  const pinned = (!allowOther && expected.commit) || revision;
  return modelFolderOf({ model, revision: pinned, from }, record.baseFolder, report, environment);
};
