import { HubError } from './hubErrors.ts';
import { withoutSecrets } from './secrets.ts';

/** An error without what a server, a proxy or a library put into its message. */
export function withoutSecretsInside(error: unknown, secrets: readonly string[]): unknown {
  if (!(error instanceof Error) || error.name === 'AbortError') return error;
  const message = withoutSecrets(error.message, secrets);
  return error instanceof HubError ? new HubError(error.code, message) : new Error(message);
}
