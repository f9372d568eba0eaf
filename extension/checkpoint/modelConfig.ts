import { join } from 'node:path';
import { parseBoundedJson } from '../files/boundedJson.ts';
import { errorCode } from '../files/failure.ts';
import { FileRefusal, sizeLimits } from '../files/guardedFile.ts';
import { readOnce } from '../files/oneReading.ts';
import { otherFile } from '../files/otherFile.ts';
import { readDimensions } from '../models/config.ts';
import type { ModelDimensions } from '../models/model/dimensions.ts';
import { CheckpointError } from './format/checkpointError.ts';

/** A model folder without its weights. */
interface ModelConfig {
  /** The parsed `config.json`. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly dimensions: ModelDimensions;
}

/**
 * Reads the `config.json` of a model folder (or that file itself): all that counting needs.
 * @throws CheckpointError when it is missing or not JSON · ModelConfigError when it declares what is not supported
 */
export async function readModelConfig(folderOrFile: string): Promise<ModelConfig> {
  const path = folderOrFile.endsWith('.json') ? folderOrFile : join(folderOrFile, 'config.json');
  const config = await readJson(path, 'a Hugging Face model folder needs it: download the model again');
  const dimensions = readDimensions(config, path);
  return { config: config as Readonly<Record<string, unknown>>, dimensions };
}

interface JsonFile {
  readonly limitBytes?: number;
  /** What to do when it is not JSON. */
  readonly mend?: string;
}

/**
 * Parses a JSON file of bounded size; a byte order mark, as editors of Windows write one, is passed over.
 * @param cure what to do when it is missing
 * @throws CheckpointError
 */
export async function readJson(
  path: string,
  cure: string,
  { limitBytes = sizeLimits.modelJson, mend = 'download it again' }: JsonFile = {},
): Promise<unknown> {
  let bytes: Buffer;
  try {
    bytes = await readOnce(path, limitBytes);
  } catch (error) {
    if (error instanceof FileRefusal) throw new CheckpointError(path, `${error.rule}; ${error.cure}`, { cause: error });
    const missing = ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
    const problem = missing ? `does not exist; ${cure}` : `cannot be read, got ${(error as Error).message}`;
    throw new CheckpointError(path, problem, { cause: error });
  }
  const other = otherFile(bytes);
  if (other) throw new CheckpointError(path, `must be JSON, got ${other.what}; ${other.cure}`);
  try {
    return parseBoundedJson(String(bytes).replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new CheckpointError(path, `must be JSON, got ${(error as Error).message}; ${mend}`, { cause: error });
  }
}
