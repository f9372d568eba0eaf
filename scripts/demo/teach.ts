import { spawnSync } from 'node:child_process';
import { copyFile, readdir } from 'node:fs/promises';
import { join, parse } from 'node:path';

function peftLab(...args: string[]): void {
  const { status } = spawnSync(process.execPath, [join(process.cwd(), 'bin/peft-lab.cjs'), ...args], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`peft-lab ${args.join(' ')}: exit code ${status}`);
}

/** Trains in the folder `work` as the config says, and exports the tuned model to a folder there of the config's name. */
export async function teach(config: string, work: string): Promise<string> {
  const stage = parse(config).base.replace('.peft.yaml', '');
  const copy = join(work, `${stage}.peft.yaml`);
  const runs = join(work, 'runs', stage);
  await copyFile(config, copy);
  peftLab('train', copy, '--runs', runs);
  const [run] = await readdir(runs);
  peftLab('export', join(runs, run!), '--format', 'merged', '--out', join(work, stage));
  return join(work, stage);
}
