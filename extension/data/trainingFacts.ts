import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lengthBytes } from '../checkpoint/format/safetensorsHeader.ts';
import { readModelConfig } from '../checkpoint/modelConfig.ts';
import { modelWeights, openModel } from '../checkpoint/modelFolder.ts';
import type { TrainingFacts } from '../config/checks/environment.ts';
import { folderStamp } from '../files/folderStamp.ts';
import { openGuarded } from '../files/guardedFile.ts';
import { HubError } from '../hub/hubErrors.ts';
import { withoutDownloads } from '../hub/hubSettings.ts';
import { resolveModel } from '../hub/resolveModel.ts';
import { writingHead } from '../models/model/model.ts';
import type { Tokenizer } from '../tasks/rows/tokenizer.ts';
import type { Task } from '../tasks/task.ts';
import { loadTokenizer } from './tokenizer/tokenizer.ts';

interface Question {
  readonly revision: string | null;
  readonly baseFolder: string;
  readonly task: Task;
  /** A model with a description larger than this is passed over. */
  readonly mostBytes: number;
}

const nothing: TrainingFacts = { problems: [], notes: [] };

/** Answers by folder and task, as long as no file of the folder changes. */
const known = new Map<string, { readonly stamp: string; readonly facts: Promise<TrainingFacts> }>();
const mostKnown = 20;

/** Obstacles in a model's weights and tokenizer, in training's own words; nothing is downloaded. */
export async function trainingFacts(model: string, question: Question): Promise<TrainingFacts> {
  const { revision, baseFolder, task, mostBytes } = question;
  const environment = withoutDownloads(process.env);
  let folder: string;
  try {
    folder = await resolveModel(model, { revision: revision ?? undefined, baseFolder, environment });
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return error.code === 'offline' ? nothing : { problems: [error.message], notes: [] };
  }
  const stamp = await folderStamp(folder, telling);
  const key = JSON.stringify([folder, task.name, mostBytes]);
  const answer = known.get(key);
  if (answer?.stamp === stamp) return await answer.facts;
  const facts = factsOf(folder, task, mostBytes);
  known.delete(key);
  known.set(key, { stamp, facts });
  if (known.size > mostKnown) known.delete(known.keys().next().value!);
  return await facts;
}

/** Files that say something about a model. */
const telling = /\.(json|txt|jinja|safetensors|bin)$/;

const filesOf = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder).catch(() => [])).filter((name) => telling.test(name)).sort();

async function factsOf(folder: string, task: Task, mostBytes: number): Promise<TrainingFacts> {
  if (!(await isLight(folder, mostBytes))) return nothing;
  const problems: string[] = [];
  const told = (error: unknown): void => {
    if (!(error instanceof Error)) throw error;
    problems.push(...error.message.split('\n'));
  };
  const { dimensions } = await readModelConfig(folder);
  const { vocabulary } = dimensions;
  const tokenizer = await loadTokenizer(folder, vocabulary).catch(told);
  const specialTokens = tokenizer && task.head !== writingHead ? specialTokensOf(tokenizer) : undefined;
  try {
    // A head for another number of classes is begun anew, so that any number will do.
    const outputs = task.outputs(['0', '1'], vocabulary);
    const { notes } = modelWeights(await openModel(folder), { head: task.head, outputs, seed: 0 });
    return { problems, notes, specialTokens };
  } catch (error) {
    told(error);
    return { problems, notes: [] };
  }
}

/** Tokens of one text and of two that say nothing. */
function specialTokensOf(tokenizer: Tokenizer): NonNullable<TrainingFacts['specialTokens']> {
  const count = (pair: string | undefined) => tokenizer.encode('', pair, Number.POSITIVE_INFINITY).inputIds.length;
  return { one: count(undefined), two: count('') };
}

/** Whether what describes a model is no larger than `mostBytes`, so that it can be read and kept in passing. */
async function isLight(folder: string, mostBytes: number): Promise<boolean> {
  if (mostBytes === Number.POSITIVE_INFINITY) return true;
  let bytes = 0;
  for (const name of await filesOf(folder)) {
    bytes += await descriptionBytes(join(folder, name)).catch(() => 0);
    if (bytes > mostBytes) return false;
  }
  return true;
}

/** Of weights it is the header, whose length they begin with. */
async function descriptionBytes(path: string): Promise<number> {
  if (path.endsWith('.bin')) return 0;
  if (!path.endsWith('.safetensors')) return (await stat(path)).size;
  const file = await openGuarded(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(lengthBytes), 0, lengthBytes, 0);
    return Number(buffer.readBigUInt64LE(0));
  } finally {
    await file.close();
  }
}
