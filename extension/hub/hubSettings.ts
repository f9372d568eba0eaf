import { homedir } from 'node:os';
import { join } from 'node:path';
import { readGuardedSync, sizeLimits } from '../files/guardedFile.ts';
import { badSetting } from './hubErrors.ts';
import { type HubEnvironment, type HubRoute, proxiesOf } from './proxies.ts';

export interface HubSettings extends HubRoute {
  /** Folder that holds `models--owner--name`. */
  readonly cache: string;
  /** Sent to the endpoint only; never part of a message. */
  readonly token: string | undefined;
  /** The variable or file that the token is from. */
  readonly tokenSource: string;
  /** Whether nothing may be downloaded: `asked` by a person, or this program only `looks` at what is here. */
  readonly offline: false | 'asked' | 'looks';
}

const looking = 'PEFT_LAB_LOOKING';

/** For those who only look at what is on this machine. */
export const withoutDownloads = (environment: HubEnvironment): HubEnvironment => ({ ...environment, [looking]: '1' });

const isTrue = (text: string | undefined): boolean => /^(1|on|yes|true)$/i.test(text ?? '');

function expand(path: string, environment: HubEnvironment): string {
  const home = path.replace(/^~(?=$|[/\\])/, () => homedir());
  return home.replace(/\$(\w+|\{\w+\})/g, (whole, name: string) => environment[name.replace(/[{}]/g, '')] ?? whole);
}

function savedToken(file: string): string | undefined {
  try {
    return String(readGuardedSync(file, sizeLimits.line));
  } catch {
    // Nobody has logged in on this machine, or the file is not for us: go on without a token.
    return undefined;
  }
}

/**
 * HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub; HF_ENDPOINT; HF_TOKEN, else the token that
 * `hf auth login` saved; HF_HUB_OFFLINE; HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY.
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
export function hubSettings(environment: HubEnvironment): HubSettings {
  const caches = environment.XDG_CACHE_HOME || join(homedir(), '.cache');
  const home = expand(environment.HF_HOME || join(caches, 'huggingface'), environment);
  const cache = environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE || join(home, 'hub');
  const tokenFile = expand(environment.HF_TOKEN_PATH || join(home, 'token'), environment);
  const variable = ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN'].find((name) => environment[name]);
  const token =
    variable !== undefined
      ? environment[variable]
      : isTrue(environment.HF_HUB_DISABLE_IMPLICIT_TOKEN)
        ? undefined
        : savedToken(tokenFile);
  return {
    endpoint: (environment.HF_ENDPOINT || 'https://huggingface.co').replace(/\/+$/, ''),
    cache: expand(cache, environment),
    token: token?.trim() || undefined,
    tokenSource: variable ?? tokenFile,
    proxies: proxiesOf(environment),
    offline: isTrue(environment.HF_HUB_OFFLINE || environment.TRANSFORMERS_OFFLINE)
      ? 'asked'
      : environment[looking] !== undefined && 'looks',
  };
}

/**
 * Whether the hub can be asked with these settings at all. Names the variable at fault, and of secrets nothing more.
 * @throws HubError
 */
export function demandUsable({ endpoint, token, tokenSource, proxies }: HubSettings): void {
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw badSetting(
      tokenSource,
      'must be one word of letters, digits and signs, got blanks, line breaks or other characters in it',
      'copy the token again from Settings → Access Tokens, or unset it for a public model',
    );
  }
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    const rule = 'must be an address like https://huggingface.co, got another form';
    throw badSetting('HF_ENDPOINT', rule, 'correct or unset it');
  }
  if (url.username !== '' || url.password !== '') {
    const rule = `must hold no user name and password, got some before ${url.host}`;
    throw badSetting('HF_ENDPOINT', rule, 'take them out; HF_TOKEN is the login for a mirror');
  }
  for (const scheme of ['http', 'https'] as const) {
    const proxy = proxies[scheme];
    if (proxy === undefined || (URL.canParse(proxy) && /^(https?|socks5h?):$/.test(new URL(proxy).protocol))) continue;
    const variables = `${scheme.toUpperCase()}_PROXY or ALL_PROXY`;
    throw badSetting(variables, 'must be an address like http://proxy:8080, got another form', 'correct or unset it');
  }
}
