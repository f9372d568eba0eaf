import { setTimeout as delay } from 'node:timers/promises';
import {
  badAnswer,
  badToken,
  gatedRepository,
  type HubError,
  hubUnreachable,
  proxyRefused,
  type Repository,
  repositoryNotFound,
  revisionNotFound,
  serverTrouble,
  uploadRefused,
} from './hubErrors.ts';
import type { HubSettings } from './hubSettings.ts';
import { fetchThrough } from './proxies.ts';

/** The subject of a request, for its errors. */
export interface HubSubject {
  readonly repository: Repository;
  readonly revision: string;
  /** Where a folder of that name would have been, for what could have been one. */
  readonly folder?: string;
  /** Whether something is to be written there. */
  readonly isUpload?: boolean;
}

/** Patience with a slow or busy hub. */
export interface HubPatience {
  /** Waits before each further try; their number is the number of further tries. */
  readonly retryDelaysMs: readonly number[];
  /** Longest silence before a connection counts as lost. */
  readonly idleTimeoutMs: number;
}

export const defaultPatience: HubPatience = {
  retryDelaysMs: [500, 2000, 5000, 15_000],
  idleTimeoutMs: 30_000,
};

/** All that a hub says of one repository, in bytes: the list of ten thousand files has 2 MB. */
const longestAnswers = 16 * 1024 ** 2;
/** The least size that an answer counts with, so that an endless list ends. */
const leastOfAnswer = 16 * 1024;

/** Longest wait that a `Retry-After` header can ask for. */
const longestWaitMs = 60_000;

/** What no further try mends, unless the hub answered before: no such host, nobody who listens there, a certificate that nobody vouches for. */
const lastingFaults =
  /^(ENOTFOUND|ECONNREFUSED|ERR_INVALID_URL|ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** An upload that is slower counts as lost. */
const leastBytesPerMs = 10;

/** Time that a request's own body may take, which goes before any answer. */
function sendingMs(body: RequestInit['body']): number {
  const bytes = typeof body === 'string' ? body.length : body instanceof Blob ? body.size : 0;
  return bytes / leastBytesPerMs;
}

/** Whether a connection failed for a reason that stays; fetch hides the system's error some levels down. */
function isLasting(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Several addresses of one host were tried: one of them may only have been slow.
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isLasting);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return lastingFaults.test(code) || isLasting(error.cause);
}

/**
 * `fetch` toward one hub: sends the token to the endpoint's own origin only, waits and asks again when the hub is
 * busy (429, 5xx) or the connection breaks, and turns refusals into errors that say what to do.
 */
export class HubConnection {
  /** Bytes of answers so far. */
  private answered = 0;
  private ask: Promise<typeof fetch> | undefined;

  constructor(
    readonly settings: HubSettings,
    readonly subject: HubSubject,
    readonly patience: HubPatience,
    readonly signal: AbortSignal | undefined,
  ) {}

  /** As `fetch`, for the hub library too. Only successful answers are returned. @throws HubError */
  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init.headers);
    const ours = url.origin === new URL(this.settings.endpoint).origin;
    if (ours && this.settings.token) headers.set('authorization', `Bearer ${this.settings.token}`);
    for (let attempt = 0; ; attempt++) {
      const wait = this.patience.retryDelaysMs[attempt];
      let response: Response;
      try {
        response = await this.once(url, { ...init, headers });
      } catch (error) {
        this.signal?.throwIfAborted();
        const isHopeless = this.answered === 0 && isLasting(error);
        if (wait === undefined || isHopeless) throw this.unreachable(error);
        await this.pause(wait);
        continue;
      }
      if (response.ok) return response;
      const busy = response.status === 429 || response.status >= 500;
      if (!busy || wait === undefined) throw await this.refusal(response);
      await response.body?.cancel();
      const asked = Number(response.headers.get('retry-after'));
      await this.pause(asked > 0 ? Math.min(asked * 1000, longestWaitMs) : wait);
    }
  };

  /**
   * As `fetch`, for answers that are read as a whole: what the hub says about the repository, altogether and unpacked, never
   * more than a limit, and never with a long silence in between.
   */
  readonly fetchAnswer = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const silent = new AbortController();
    const { status, headers, body } = await this.fetch(input, { ...init, signal: silent.signal });
    const { idleTimeoutMs } = this.patience;
    const watch = setTimeout(() => silent.abort(new Error(`no more of it within ${idleTimeoutMs} ms`)), idleTimeoutMs);
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    try {
      this.answered += leastOfAnswer;
      for await (const piece of body ?? []) {
        watch.refresh();
        this.answered += piece.byteLength;
        if (this.answered > longestAnswers)
          throw badAnswer(this.subject.repository, 'the hub answers with more than 16 MiB');
        pieces.push(piece);
      }
    } finally {
      clearTimeout(watch);
    }
    return new Response(new Blob(pieces), { status, headers });
  };

  /** Waits, unless the whole undertaking is given up meanwhile. */
  async pause(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, this.signal ? { signal: this.signal } : {});
  }

  /** The deadline is for the answer's head; whoever reads the body watches over that. */
  private async once(url: URL, init: RequestInit): Promise<Response> {
    const late = new AbortController();
    const limitMs = Math.ceil(this.patience.idleTimeoutMs + sendingMs(init.body));
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${limitMs} ms`)), limitMs);
    const signals = [late.signal, this.signal, init.signal].filter((signal) => signal != null);
    try {
      this.ask ??= fetchThrough(this.settings.proxies);
      const ask = await this.ask;
      return await ask(url, { ...init, signal: AbortSignal.any(signals) });
    } finally {
      clearTimeout(timer);
    }
  }

  private unreachable(cause: unknown): HubError {
    const { repository, isUpload } = this.subject;
    return hubUnreachable(repository, this.settings, cause, isUpload ? 'push again' : undefined);
  }

  private async refusal(response: Response): Promise<HubError> {
    const { repository, revision, folder, isUpload } = this.subject;
    const { endpoint, token } = this.settings;
    const code = response.headers.get('x-error-code');
    const said = response.headers.get('x-error-message') ?? '';
    await response.body?.cancel();
    if (isUpload && response.status !== 407) return uploadRefused(repository, this.settings, response.status, said);
    if (code === 'GatedRepo' || (response.status === 403 && token))
      return gatedRepository(repository, endpoint, !!token);
    if (response.status === 407) return proxyRefused(repository, this.settings);
    if (code === 'RevisionNotFound') return revisionNotFound(repository, revision);
    if (response.status === 401 && token) return badToken(repository, response.status);
    // Without a token the hub answers 401 for what does not exist, so as not to tell which private models do.
    if (response.status === 401 || response.status === 403 || response.status === 404) {
      return repositoryNotFound(repository, endpoint, folder, !!token);
    }
    return serverTrouble(repository, response.status, said);
  }
}
