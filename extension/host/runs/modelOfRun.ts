import type { Environment, ModelFacts } from '../../config/checks/environment.ts';
import type { RunRecord } from '../../contract/run.ts';

/** A run's model, as this machine knows it. */
export async function modelOfRun(
  { config, baseFolder, model }: Pick<RunRecord, 'config' | 'baseFolder' | 'model'>,
  worldOf: (folder: string) => Promise<Environment>,
): Promise<ModelFacts> {
  const world = await worldOf(baseFolder);
  return world.model(model, config.revision ?? null);
}
