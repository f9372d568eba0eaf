import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secretsOf, withoutSecrets } from '../../extension/hub/secrets.ts';

const token = 'hf_QqWwEeRrTtYyUuIiOoPp';
const none = { http: undefined, https: undefined, none: '' };
const shown = (text: string) => withoutSecrets(text, secretsOf({ token, proxies: none }));

describe('a text from outside', () => {
  it.each([
    ['whole', `you sent Bearer ${token}`],
    ['in part', `Unexpected token, "${token.slice(0, 11)}"... is not valid JSON`],
    ['its end', `…${token.slice(-9)}`],
    ['in small letters', token.toLowerCase()],
    ['in base64', Buffer.from(token).toString('base64')],
    ['with signs between its letters', [...token].join('\u200b')],
    ['with escape sequences between its letters', [...token].join('\u001b')],
    ['in the address of a redirect', `https://cdn/x?token=${token}`],
  ])('does not show the token, %s', (_, text) => {
    const result = shown(text).toLowerCase();
    for (let at = 0; at + 8 <= token.length; at++) expect(result).not.toContain(token.slice(at, at + 8).toLowerCase());
    expect(result).toContain('***');
  });

  it('shows no token that is not ours, no login in an address or header and no signature', () => {
    const text =
      'hf_abcdefghijkl https://me:pass@proxy:8080/x Basic bWU6cGFzcw== https://s3/x?X-Amz-Signature=abc&Policy=def&n=1';
    expect(withoutSecrets(text, [])).toBe(
      '*** https://***@proxy:8080/x Basic *** https://s3/x?X-Amz-Signature=***&Policy=***&n=1',
    );
  });

  it('shows no control character, of whatever kind', () => {
    expect(withoutSecrets('\u001b]0;title\u0007 \u009b2J a\r\nb\u202ec\u2066d', [])).toBe(']0;title 2J a bcd');
  });

  it('is left as it is where nothing is to be hidden', () => {
    const text =
      'model acme/bert: https://huggingface.co cannot be reached (ECONNREFUSED 127.0.0.1:9); check HF_ENDPOINT';
    expect(shown(text)).toBe(text);
  });

  it('does not show the password of a proxy, nor what the header makes of it', () => {
    const proxies = { ...none, https: 'http://me:p%40ss-word@proxy:8080' };
    const secrets = secretsOf({ token: undefined, proxies });
    expect(withoutSecrets('p%40ss-word p@ss-word', secrets)).toBe('*** ***');
    expect(withoutSecrets(Buffer.from('me:p@ss-word').toString('base64'), secrets)).not.toMatch(/[A-Za-z]{4}/);
  });

  it('hides a secret wherever it stands', () => {
    const word = fc.stringMatching(/^[\x21-\x7e]{8,40}$/);
    fc.assert(
      fc.property(word, fc.string(), fc.string(), (secret, before, after) => {
        expect(withoutSecrets(before + secret + after, [secret])).not.toContain(secret);
      }),
    );
  });
});
