import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readDimensions } from '../../models/config.ts';
import type { ModelDimensions } from '../../models/dimensions.ts';
import { errorCode } from '../../runs/runErrors.ts';
import { CheckpointError } from './checkpointError.ts';

/** Far above any real `config.json`; a larger file is something else. */
const maxJsonBytes = 16 << 20;

/** What a model folder says of itself without its weights. */
export interface ModelConfig {
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

/**
 * Parses a JSON file of bounded size.
 * @param cure what to do when it is missing
 * @throws CheckpointError
 */
export async function readJson(path: string, cure: string): Promise<unknown> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > maxJsonBytes) {
      throw new CheckpointError(path, `must have at most ${maxJsonBytes} bytes, got ${size}; is it the right file?`);
    }
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const missing = ['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '');
    const problem = missing ? `does not exist; ${cure}` : `cannot be read, got ${(error as Error).message}`;
    throw new CheckpointError(path, problem, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(path, `must be JSON, got ${(error as Error).message}; download it again`, {
      cause: error,
    });
  }
}
