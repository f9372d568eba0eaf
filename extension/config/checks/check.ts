import { type ParsedMethods, parseMethods } from '../../methods/declaration/parse.ts';
import { explainIssues } from '../../problems/explainIssues.ts';
import { type Cure, type Finding, within } from '../../problems/finding.ts';
import { type ResolvedConfig, resolveConfig } from '../resolved/resolve.ts';
import { configKeys } from '../schema/keyTable.ts';
import { type ConfigInput, configSchema } from '../schema/schema.ts';
import { skeleton, skeletonParts } from '../schema/skeleton.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { type ParsedConfig, parseConfig } from '../text/parse.ts';
import { type Override, placeFinding, writtenAt } from '../text/placeFinding.ts';
import { type AssumedInput, assumeInput, isAssumed } from './assume.ts';
import { crossFindings } from './crossChecks.ts';
import { ffnWithNormFindings, learningRateFindings } from './methodFindings.ts';
import { applyOverrides } from './overrides.ts';

/** Problems of one config that are told. */
const maxDiagnostics = 100;

/** A config after every check that needs nothing but its text. */
export interface CheckedConfig {
  readonly parsed: ParsedConfig;
  readonly overrides: readonly Override[];
  readonly diagnostics: readonly Diagnostic[];
  /** As far as they could be read, presets expanded, even when other parts are wrong. */
  readonly methods: ParsedMethods;
  /** Plain value with overrides applied. */
  readonly value: unknown;
  /** Types and ranges are right, defaults filled in; absent when an error stands in the way. */
  readonly input?: ConfigInput;
  /** In place of `input` where types or ranges are wrong, as far as one can tell what is meant. */
  readonly assumed?: AssumedInput;
  /** Present exactly when there is no error. Learning rates are those of a base-size model. */
  readonly config?: ResolvedConfig;
}

/**
 * Checks a config's text: YAML, types, ranges, names, methods and rules about several keys. Pure and quick; never
 * throws. What needs files or models is checked by `checkAgainstWorld`.
 * @param overrides `key=value` settings of the command line, applied before checking; findings about them name the flag.
 */
export function checkConfig(source: string | Uint8Array, overrides: readonly string[] = []): CheckedConfig {
  const parsed = parseConfig(source);
  const overridden = applyOverrides(parsed.value, overrides);
  const { value } = overridden;
  const place = (finding: Finding): Diagnostic => placeFinding(parsed, overridden.overrides, finding);

  const diagnostics: Diagnostic[] = [
    ...parsed.diagnostics,
    ...overridden.errors.map(({ flag, message }): Diagnostic => {
      const range = parsed.lines.range(0, 0);
      return { severity: 'error', code: 'override', message, range, path: [], override: flag };
    }),
  ];
  const written = value as { readonly methods?: unknown } | null;
  const hasMethods = typeof written === 'object' && written?.methods != null;
  const unreadable = parsed.root === undefined && parsed.diagnostics.length > 0;
  const checked = configSchema.safeParse(value);
  if (!unreadable && !checked.success) {
    // What stands in `methods` is judged by the methods, below.
    const issues = checked.error.issues.filter(({ path }) => !(hasMethods && path[0] === 'methods'));
    diagnostics.push(
      ...explainIssues(issues, {
        value,
        root: configKeys(),
        name: 'the config',
        written: (path) => writtenAt(parsed, overridden.overrides, path),
        missing: (key) => partsToWrite(key, parsed),
      }).map(place),
    );
  }

  const methods = hasMethods ? parseMethods(written?.methods) : noMethods;
  diagnostics.push(...methods.problems.map((problem) => place(within(['methods'], problem))));

  const trainingRate = checked.success ? checked.data.training.learning_rate : null;
  diagnostics.push(...learningRateFindings(methods.methods, trainingRate).map(place));
  diagnostics.push(...ffnWithNormFindings(methods.methods, value).map(place));
  const assumed = checked.success ? undefined : unreadable ? undefined : assumeInput(value);
  const input = checked.success ? checked.data : assumed?.input;
  if (input) {
    const said = crossFindings(input).filter(({ path }) => !assumed || !isAssumed(path, assumed.assumed));
    diagnostics.push(...said.map(place));
  }

  diagnostics.sort((a, b) => a.range.start.offset - b.range.start.offset);
  const fine = checked.success && !diagnostics.some(({ severity }) => severity === 'error');
  return {
    parsed,
    overrides: overridden.overrides,
    diagnostics: firstOf(diagnostics),
    methods,
    value,
    ...(checked.success && { input: checked.data }),
    ...(assumed && { assumed }),
    ...(fine && { config: resolveConfig(checked.data, methods.methods) }),
  };
}

/** A key of the config itself, before all others; an empty config can have all of them at once. */
function partsToWrite(key: string, { root }: ParsedConfig): readonly Cure[] {
  const text = skeletonParts[key];
  if (text === undefined) return [];
  const whole: Cure = { do: 'begin', text: skeleton, title: 'Write a whole config' };
  return [...(root === undefined ? [whole] : []), { do: 'begin', text, title: `Add ${key}` }];
}

/** More than anyone reads at once: the first of them, and how many follow. */
function firstOf(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const [next, ...others] = diagnostics.slice(maxDiagnostics);
  if (next === undefined) return diagnostics;
  const severity = [next, ...others].some((one) => one.severity === 'error') ? 'error' : next.severity;
  const message = `${others.length + 1} more problems follow; mend the first ${maxDiagnostics} of them`;
  const more: Diagnostic = { severity, code: 'more-problems', message, range: next.range, path: [] };
  return [...diagnostics.slice(0, maxDiagnostics), more];
}

const noMethods: ParsedMethods = { methods: [], assumed: [], label: '', problems: [] };
