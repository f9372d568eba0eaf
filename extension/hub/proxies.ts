/** The variables that say where models come from; the same ones as Python's huggingface_hub reads. */
export type HubEnvironment = Readonly<Record<string, string | undefined>>;

/** The proxies that the environment names; an address without a scheme is one of http. */
interface Proxies {
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** Hosts that are asked directly. */
  readonly none: string;
}

/** Where the hub is, and what stands between. */
export interface HubRoute {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly proxies: Proxies;
}

/** HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, small letters first as curl and Python read them. */
export function proxiesOf(environment: HubEnvironment): Proxies {
  const named = (name: string) => environment[name.toLowerCase()] || environment[name] || undefined;
  const address = (name: string) => {
    const text = (named(name) ?? named('ALL_PROXY'))?.trim();
    return text === undefined || text.includes('://') ? text : `http://${text}`;
  };
  return { http: address('HTTP_PROXY'), https: address('HTTPS_PROXY'), none: named('NO_PROXY') ?? '' };
}

/** The proxy that an endpoint is asked through unless NO_PROXY excepts it. */
const proxyFor = ({ endpoint, proxies }: HubRoute): string | undefined =>
  (endpoint.startsWith('https:') ? proxies.https : undefined) ?? proxies.http;

/** As people may read it: `the proxy http://proxy:8080 (not for localhost)`; without its user and password. */
export function proxyText(settings: HubRoute): string | undefined {
  const proxy = proxyFor(settings);
  if (proxy === undefined) return undefined;
  const { protocol, host } = new URL(proxy);
  const { none } = settings.proxies;
  return `the proxy ${protocol}//${host}${none === '' ? '' : ` (NO_PROXY: ${none})`}`;
}

/** `fetch` by way of the proxies; Node's own where there are none. */
export async function fetchThrough({ http, https, none }: Proxies): Promise<typeof fetch> {
  if (http === undefined && https === undefined) return fetch;
  const { EnvHttpProxyAgent, fetch: fetchBy } = await import('undici');
  // Many proxies make tunnels for https alone: what is asked by http is asked of the proxy itself.
  const options = { httpProxy: http ?? '', httpsProxy: https ?? '', noProxy: none, proxyTunnel: false };
  const dispatcher = new EnvHttpProxyAgent(options);
  // The same standard, declared twice.
  return ((url: string | URL, init: object) => fetchBy(url, { ...init, dispatcher })) as unknown as typeof fetch;
}
