import type { HubSettings } from './hubSettings.ts';

/** The text in a secret's place. */
const hidden = '***';

/** So much of a secret is told by nothing that happens to look like a part of it. */
const tellingLength = 8;

/**
 * Secrets of these settings that no message may show, in the shapes in which they are sent: the token, and of proxies the
 * password alone and with its user.
 */
export function secretsOf({ token, proxies }: Pick<HubSettings, 'token' | 'proxies'>): string[] {
  const logins = [proxies.http, proxies.https].flatMap((proxy) => {
    const { username, password } = proxy && URL.canParse(proxy) ? new URL(proxy) : { username: '', password: '' };
    return password === '' ? [] : [password, decoded(password), `${decoded(username)}:${decoded(password)}`];
  });
  const plain = [token ?? '', ...logins].filter((secret) => secret !== '');
  const inBase64 = plain.map((secret) => Buffer.from(secret).toString('base64').replace(/=+$/, ''));
  return [...plain, ...plain.map(encodeURIComponent), ...inBase64];
}

/**
 * A text that came from outside as it may be shown and kept: without control and invisible characters, and without
 * secrets, whole or in parts, and whatever else looks like one: tokens of the hub, logins in addresses and headers,
 * signatures of addresses that were signed for us.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  // First, so that none of them takes a secret apart.
  const visible = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, (run) => (/\s/.test(run) ? ' ' : ''));
  const known = secrets.reduce(hide, visible);
  return known
    .replace(/\b(hf|api_org)_\w{8,}/g, hidden)
    .replace(/\b(bearer|basic)\s+[^\s,;)"']{8,}/gi, `$1 ${hidden}`)
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi, `$1${hidden}@`)
    .replace(/([?&](?:x-amz-[\w-]+|signature|policy|key-pair-id|sig|token|access_token)=)[^&\s"')]+/gi, `$1${hidden}`);
}

/** Every stretch of the text, 8 characters or more, that is also one of the secret. */
function hide(text: string, secret: string): string {
  const size = Math.min(tellingLength, secret.length);
  const [searched, sought] = [text.toLowerCase(), secret.toLowerCase()];
  let shown = '';
  for (let at = 0; at < text.length; ) {
    let end = at + size;
    if (end > text.length || !sought.includes(searched.slice(at, end))) {
      shown += text[at++];
      continue;
    }
    while (end < text.length && sought.includes(searched.slice(end + 1 - size, end + 1))) end++;
    shown += hidden;
    at = end;
  }
  return shown;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
