import type { FolderEntry } from '../../config/checks/environment.ts';
import { leftOpen } from '../../config/text/leftOpen.ts';
import { yamlText } from '../../config/text/plainText.ts';
import { changeTo, type Finding } from '../../problems/finding.ts';
import { nearest } from '../../problems/nearest.ts';
import type { Sweep } from '../file/sweep.ts';
import type { Experiment } from './cells.ts';

/** The files that a sweep starts from. Paths are as the sweep has them. */
export interface ExperimentFiles {
  /** A config's text, or why there is none: `does not exist`. */
  read(file: string): Promise<{ readonly text: string } | { readonly problem: string }>;
  /** Undefined when the folder does not exist. */
  listFolder(folder: string): Promise<readonly FolderEntry[] | undefined>;
}

/**
 * The configs that a sweep starts from, and what is wrong with those that cannot be read.
 * @param defaults `key=value` for keys that a config leaves open
 */
export async function readExperiments(
  { experiments }: Pick<Sweep, 'experiments'>,
  files: ExperimentFiles,
  defaults: readonly string[],
): Promise<{ readonly experiments: readonly Experiment[]; readonly missing: readonly Finding[] }> {
  const found: Experiment[] = [];
  const missing: Finding[] = [];
  for (const [index, file] of experiments.entries()) {
    const read = await files.read(file);
    if ('text' in read) {
      const open = leftOpen(read.text, defaults);
      found.push({ file, text: read.text, ...(open.length > 0 && { defaults: open }) });
      continue;
    }
    const meant = await nearestConfig(file, files);
    const cures = meant === undefined ? [] : [changeTo(meant, yamlText(meant))];
    const cure = meant === undefined ? 'name a *.peft.yaml file beside the sweep' : `did you mean ${meant}?`;
    missing.push({
      severity: 'error',
      code: 'experiment-unread',
      path: experiments.length === 1 ? ['experiment'] : ['experiment', index],
      message: `${file} ${read.problem}; ${cure}`,
      ...(cures.length > 0 && { cures }),
    });
  }
  return { experiments: found, missing };
}

async function nearestConfig(file: string, { listFolder }: ExperimentFiles): Promise<string | undefined> {
  const cut = file.lastIndexOf('/') + 1;
  const folder = file.slice(0, cut);
  const entries = (await listFolder(folder === '' ? '.' : folder)) ?? [];
  const configs = entries.filter(({ name, kind }) => kind === 'file' && /\.peft\.ya?ml$/i.test(name));
  const meant = nearest(
    file.slice(cut),
    configs.map(({ name }) => name),
  );
  return meant === undefined || meant === file.slice(cut) ? undefined : folder + meant;
}
