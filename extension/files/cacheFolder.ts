import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Where things lie that can be made again: PEFT_LAB_CACHE, else `peft-lab` in the system's folder for caches
 * (LOCALAPPDATA on Windows, else XDG_CACHE_HOME, else ~/.cache). May be deleted while nothing trains.
 */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>>): string {
  if (environment.PEFT_LAB_CACHE) return environment.PEFT_LAB_CACHE;
  return join(environment.LOCALAPPDATA || environment.XDG_CACHE_HOME || join(homedir(), '.cache'), 'peft-lab');
}
