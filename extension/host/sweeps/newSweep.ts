import path from 'node:path';
import { type QuickPickItem, Uri, window, workspace } from 'vscode';
import { parse } from 'yaml';
import { checkConfig } from '../../config/checks/check.ts';
import type { ModelFacts } from '../../config/checks/environment.ts';
import type { RecordedConfig } from '../../contract/run.ts';
import {
  ratesAround,
  type SweepChoices,
  seedChoices,
  writeSweepText,
} from '../../experiments/editor/writeSweepText.ts';
import { readSweep } from '../../experiments/file/readSweep.ts';
import type { Sweep } from '../../experiments/file/sweep.ts';
import { seedsNeeded } from '../../experiments/plan/fewSeeds.ts';
import { runCountText } from '../../experiments/plan/runCount.ts';
import { methodSets } from '../../methods/choices.ts';
import { findMethod } from '../../methods/registry.ts';
import type { ModelDimensions } from '../../models/model/dimensions.ts';
import { showNumber } from '../../problems/showValue.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { configStem } from '../../view/runNames.ts';
import { freePlace } from '../editor/freePlace.ts';
import { notify } from '../editor/notify.ts';
import { withoutIcons } from '../editor/plainText.ts';
import type { Services } from '../editor/services.ts';
import { modelOfRun } from '../runs/modelOfRun.ts';
import { isInWindow } from '../start/folderOfFile.ts';
import { askForItem, askForItems, askInTurn, back, type Step } from '../start/steps.ts';

const title = (step: number, of: number, what: string): string => `New sweep (${step}/${of}): ${what}`;

/** Asks what to compare, how to tune and how many seeds judge; writes the sweep beside its config and shows it. */
export async function newSweep(config: Uri, worldOf: WorldOf): Promise<Uri | undefined> {
  const name = configStem(path.basename(config.fsPath));
  const blank = { experiments: [path.basename(config.fsPath)], arms: [], rates: [], tuningSeeds: 1, seeds: 5 };
  const choices = await askInTurn<SweepChoices>(blank, [
    askForArms(3),
    askForRates(2, 3, await modelOf(config, worldOf)),
    askForSeeds(3, 3),
  ]);
  return choices && (await write(path.dirname(config.fsPath), name, choices));
}

/** The same with the methods of runs, on the configs that they were started from. */
export async function sweepOverRuns(runs: readonly RunEntry[], worldOf: WorldOf): Promise<Uri | undefined> {
  const configs = [...new Set(runs.flatMap(({ record }) => record.configPath ?? []))].filter(isInWindow);
  const [first] = configs;
  if (first === undefined) {
    void notify.information(
      'The config of these runs is in no folder of this window, or gone: a sweep starts from a *.peft.yaml file.',
    );
    return undefined;
  }
  const arms = new Map(runs.map(({ record }) => methodsOf(record.config)).map((arm) => [JSON.stringify(arm), arm]));
  const folder = path.dirname(first);
  const relative = (file: string): string => path.relative(folder, file).split(path.sep).join('/');
  const blank = { experiments: configs.map(relative), arms: [...arms.values()], rates: [], tuningSeeds: 1, seeds: 5 };
  const model = knownModel(await modelOfRun(runs[0]!.record, worldOf));
  const choices = await askInTurn<SweepChoices>(blank, [askForRates(1, 2, model), askForSeeds(2, 2)]);
  const name = configStem(path.basename(first));
  return choices && (await write(folder, name, choices));
}

type WorldOf = Services['worldOf'];

const knownModel = (facts: ModelFacts): ModelDimensions | undefined =>
  facts.kind === 'known' ? facts.dimensions : undefined;

/** The model that a config names, as far as it is here. */
async function modelOf(config: Uri, worldOf: WorldOf): Promise<ModelDimensions | undefined> {
  const { input } = checkConfig((await workspace.openTextDocument(config)).getText());
  if (input === undefined) return undefined;
  const world = await worldOf(path.dirname(config.fsPath));
  return knownModel(await world.model(input.model, input.revision ?? null));
}

/** The methods of a run, each with the options that are not its defaults. */
const methodsOf = ({ methods }: RecordedConfig): readonly unknown[] =>
  methods.flatMap((entry) => Object.entries(entry).map(([name, options]) => own(name, options)));

function own(name: string, options: Readonly<Record<string, unknown>>): unknown {
  const usual = (findMethod(name)?.options.parse({}) ?? {}) as Readonly<Record<string, unknown>>;
  const changed = Object.entries(options).filter(
    ([key, value]) =>
      value !== null && key !== 'learning_rate' && JSON.stringify(value) !== JSON.stringify(usual[key] ?? null),
  );
  return changed.length === 0 ? name : { [name]: Object.fromEntries(changed) };
}

interface ArmItem extends QuickPickItem {
  readonly arm: readonly string[];
}

const askForArms =
  (of: number): Step<SweepChoices> =>
  async (known, before) => {
    const items: ArmItem[] = methodSets.map(({ methods, title: label, summary }) => ({
      label,
      description: methods.join(' + '),
      detail: withoutIcons(summary.replaceAll(/[`*]/g, '')),
      picked: before?.arms.some((arm) => String(arm) === String(methods)) ?? false,
      arm: methods,
    }));
    const picked = await askForItems({
      title: title(1, of, 'What to compare'),
      placeholder: 'Tick two or more methods',
      least: 2,
      canGoBack: false,
      items,
    });
    if (picked === undefined || picked === back) return picked;
    return { ...known, arms: picked.map(({ arm }) => arm) };
  };

interface RateItem extends QuickPickItem {
  readonly rates: readonly number[];
  readonly tuningSeeds: number;
}

const askForRates =
  (step: number, of: number, model: ModelDimensions | undefined): Step<SweepChoices> =>
  async (known) => {
    const tries = (count: number, tuningSeeds: number, seeds: string): RateItem => {
      const rates = ratesAround(known.arms, count, model);
      return {
        label: `${rates.length} learning rates`,
        description: `${rates.map(showNumber).join(', ')}, ${seeds}`,
        ...(rates.length > count && { detail: 'So many because the rates of these methods lie far apart.' }),
        rates,
        tuningSeeds,
      };
    };
    const items: RateItem[] = [
      tries(3, 1, 'one seed each'),
      tries(5, 2, 'two seeds each'),
      { label: 'No tuning', description: 'every method at its own learning rate', rates: [], tuningSeeds: 1 },
    ];
    const question = {
      title: title(step, of, 'How each is tuned'),
      placeholder: 'The same for all, on validation rows',
    };
    const picked = await askForItem({ ...question, canGoBack: step > 1, items });
    if (picked === undefined || picked === back) return picked;
    return { ...known, rates: picked.rates, tuningSeeds: picked.tuningSeeds };
  };

interface SeedItem extends QuickPickItem {
  readonly seeds: number;
}

const askForSeeds =
  (step: number, of: number): Step<SweepChoices> =>
  async (known) => {
    const sweep = sweepOf(known);
    const items = seedChoices(sweep && seedsNeeded(sweep)).map(
      ({ seeds, detail }): SeedItem => ({
        label: `${seeds} seeds`,
        description: countOf({ ...known, seeds }),
        detail,
        seeds,
      }),
    );
    const question = { title: title(step, of, 'How many seeds judge'), placeholder: 'Each arm once with every seed' };
    const picked = await askForItem({
      ...question,
      canGoBack: true,
      items,
      active: items.find(({ seeds }) => seeds >= known.seeds),
    });
    return picked === undefined || picked === back ? picked : { ...known, seeds: picked.seeds };
  };

const sweepOf = (choices: SweepChoices): Sweep | undefined => readSweep(parse(writeSweepText(choices))).sweep;

/** `2 arms × (3 values × 1 seed + 5 seeds) = 16 runs` */
function countOf(choices: SweepChoices): string {
  const sweep = sweepOf(choices);
  return sweep === undefined ? '' : runCountText(sweep);
}

async function write(folder: string, name: string, choices: SweepChoices): Promise<Uri> {
  const target = Uri.file(freePlace(folder, name, '.sweep.yaml'));
  await workspace.fs.writeFile(target, new TextEncoder().encode(writeSweepText(choices)));
  await window.showTextDocument(await workspace.openTextDocument(target));
  return target;
}
