import { type ParsedMethods, parseMethods } from '../../methods/entries/parse.ts';
import { type CheckedSource, explainIssues } from '../../problems/explainIssues.ts';
import { type Finding, type ValuePath, within } from '../../problems/finding.ts';
import { type ConfigDraft, draftConfig } from '../resolved/resolve.ts';
import { configKeys, infoAt } from '../schema/keyTable.ts';
import { type ConfigInput, configSchema } from '../schema/schema.ts';
import { skeleton, skeletonParts } from '../schema/skeleton.ts';
import { type Diagnostic, inTextOrder } from '../text/diagnostic.ts';
import { type ParsedConfig, parseConfig } from '../text/parse.ts';
import { partsToWrite } from '../text/partsToWrite.ts';
import { type Override, placeFinding, writtenAt } from '../text/placeFinding.ts';
import { type AssumedInput, assumeInput, isAssumed } from './assume.ts';
import { crossFindings } from './crossChecks.ts';
import { ffnWithNormFindings, learningRateFindings } from './methodFindings.ts';
import { applyOverrides } from './overrides.ts';
import { sharedRowFindings } from './sharedRows.ts';

/** Problems of one config that are told. */
const maxDiagnostics = 100;

/** A config's value after every check that needs nothing else. */
export interface CheckedValue {
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** As far as they could be read, presets expanded, even when other parts are wrong. */
  readonly methods: ParsedMethods;
  /** Types and ranges are right, defaults filled in; absent when an error stands in the way. */
  readonly input?: ConfigInput;
  /** In place of `input` where types or ranges are wrong, as far as one can tell what is meant. */
  readonly assumed?: AssumedInput;
  /** Present exactly when no finding is an error. */
  readonly config?: ConfigDraft;
}

/** How a checked value is written in its text, where there is one. */
type Writing = Pick<CheckedSource, 'written' | 'missing'>;

/** Checks a config that is a value already: types, ranges, names, methods and rules about several keys. Never throws. */
export function checkValue(value: unknown, writing: Writing = {}): CheckedValue {
  const written = value as { readonly methods?: unknown } | null;
  const hasMethods = typeof written === 'object' && written?.methods != null;
  const findings: Finding[] = [];
  const checked = configSchema.safeParse(value);
  if (!checked.success) {
    // The methods judge the content of `methods`, below.
    const issues = checked.error.issues.filter(({ path }) => !(hasMethods && path[0] === 'methods'));
    findings.push(...explainIssues(issues, { value, root: configKeys(), name: 'the config', ...writing }));
  }
  const methods = hasMethods ? parseMethods(written?.methods) : noMethods;
  findings.push(...methods.problems.map((problem) => within(['methods'], problem)));
  const trainingRate = checked.success ? checked.data.training.learning_rate : null;
  findings.push(...learningRateFindings(methods.methods, trainingRate));
  findings.push(...ffnWithNormFindings(methods.methods, value));
  const assumed = checked.success ? undefined : assumeInput(value);
  const input = checked.success ? checked.data : assumed?.input;
  if (input) {
    findings.push(
      ...[...crossFindings(input), ...sharedRowFindings(input)].filter(
        ({ path }) => !assumed || !isAssumed(path, assumed.assumed),
      ),
    );
  }
  const fine = checked.success && !findings.some(({ severity }) => severity === 'error');
  return {
    value,
    findings,
    methods,
    ...(checked.success && { input: checked.data }),
    ...(assumed && { assumed }),
    ...(fine && { config: draftConfig(checked.data, methods.methods) }),
  };
}

/** A config's text after every check that needs nothing but the text. */
export interface CheckedConfig extends Omit<CheckedValue, 'findings'> {
  readonly parsed: ParsedConfig;
  readonly overrides: readonly Override[];
  readonly diagnostics: readonly Diagnostic[];
}

const isDeclared = (path: ValuePath): boolean => infoAt(path) !== undefined;

/**
 * Checks a config's text: YAML, then its value with overrides applied. Pure and quick; never throws. What needs files or
 * models is checked by `checkAgainstWorld`.
 * @param source a text, or one that was read already
 * @param overrides `key=value` settings of the command line, applied before checking; findings about them name the flag.
 */
export function checkConfig(
  source: string | Uint8Array | ParsedConfig,
  overrides: readonly string[] = [],
): CheckedConfig {
  const parsed = typeof source === 'string' || source instanceof Uint8Array ? parseConfig(source, isDeclared) : source;
  const overridden = applyOverrides(parsed.value, overrides);
  const place = (finding: Finding): Diagnostic => placeFinding(parsed, overridden.overrides, finding);
  const ofText = [
    ...parsed.diagnostics,
    ...overridden.errors.map(({ flag, message }): Diagnostic => {
      const range = parsed.lines.range(0, 0);
      return { severity: 'error', code: 'override', message, range, path: [], override: flag };
    }),
  ];
  const unreadable = parsed.root === undefined && parsed.diagnostics.length > 0;
  const { findings, config, ...checked } = unreadable
    ? { value: overridden.value, findings: [], methods: noMethods }
    : checkValue(overridden.value, {
        written: (path) => writtenAt(parsed, overridden.overrides, path),
        missing: (key) => partsToWrite(key, parsed.value, beginning),
      });
  const diagnostics = inTextOrder([...ofText, ...findings.map(place)]);
  return {
    ...checked,
    parsed,
    overrides: overridden.overrides,
    diagnostics: firstOf(diagnostics),
    ...(config && ofText.length === 0 && { config }),
  };
}

const beginning = { parts: skeletonParts, whole: skeleton, title: 'Write a whole config' };

/** More than anyone reads at once: the first of them, and how many follow. */
function firstOf(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const [next, ...others] = diagnostics.slice(maxDiagnostics);
  if (next === undefined) return diagnostics;
  const severity = [next, ...others].some((one) => one.severity === 'error') ? 'error' : next.severity;
  const message = `${others.length + 1} more ${others.length === 0 ? 'problem follows' : 'problems follow'}; fix the first ${maxDiagnostics} of them`;
  const more: Diagnostic = { severity, code: 'more-problems', message, range: next.range, path: [] };
  return [...diagnostics.slice(0, maxDiagnostics), more];
}

const noMethods: ParsedMethods = { methods: [], assumed: [], label: '', problems: [] };
