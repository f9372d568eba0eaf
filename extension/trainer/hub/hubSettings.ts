import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The variables that say where models come from; the same ones as Python's huggingface_hub reads. */
export type HubEnvironment = Readonly<Record<string, string | undefined>>;

export interface HubSettings {
  /** Without a slash at the end. */
  readonly endpoint: string;
  /** Folder that holds `models--owner--name`. */
  readonly cache: string;
  /** Sent to the endpoint only; never part of a message. */
  readonly token: string | undefined;
  readonly offline: boolean;
}

const isTrue = (text: string | undefined): boolean => /^(1|on|yes|true)$/i.test(text ?? '');

function expand(path: string, environment: HubEnvironment): string {
  const home = path.replace(/^~(?=$|[/\\])/, () => homedir());
  return home.replace(/\$(\w+|\{\w+\})/g, (whole, name: string) => environment[name.replace(/[{}]/g, '')] ?? whole);
}

function savedToken(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Nobody has logged in on this machine, or the file is not for us: go on without a token.
    return undefined;
  }
}

/**
 * HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub; HF_ENDPOINT; HF_TOKEN, else the token that
 * `hf auth login` saved; HF_HUB_OFFLINE.
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
export function hubSettings(environment: HubEnvironment): HubSettings {
  const caches = environment.XDG_CACHE_HOME || join(homedir(), '.cache');
  const home = expand(environment.HF_HOME || join(caches, 'huggingface'), environment);
  const cache = environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE || join(home, 'hub');
  const tokenFile = expand(environment.HF_TOKEN_PATH || join(home, 'token'), environment);
  const token =
    environment.HF_TOKEN ||
    environment.HUGGING_FACE_HUB_TOKEN ||
    (isTrue(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN) ? undefined : savedToken(tokenFile));
  return {
    endpoint: (environment.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, ''),
    cache: expand(cache, environment),
    token: token?.trim() || undefined,
    offline: isTrue(environment.HF_HUB_OFFLINE || environment.TRANSFORMERS_OFFLINE),
  };
}
