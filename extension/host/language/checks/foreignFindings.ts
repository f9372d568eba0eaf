import type { Diagnostic } from '../../../config/text/diagnostic.ts';

/** Rules that a YAML checker with this config's JSON schema reports too. */
const schemaRules: ReadonlySet<string> = new Set([
  'unknown-key',
  'missing-key',
  'duplicate-key',
  'wrong-type',
  'not-allowed',
  'out-of-range',
  'invalid',
]);

/**
 * The findings that remain where another extension checks the same document against YAML and the JSON schema: only where a
 * user has given configs the language `yaml`, since it knows nothing of configs in their own language.
 */
export const withoutForeignFindings = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.filter(({ code }) => !code.startsWith('yaml-') && !schemaRules.has(code));
