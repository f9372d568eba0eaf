import { trainingObstacle } from '../../models/families.ts';
import type { Finding } from '../../problems/finding.ts';
import { draftConfig, type ResolvedConfig, resolveConfig, splitNames } from '../resolved/resolve.ts';
import type { ConfigInput } from '../schema/schema.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { placeFinding } from '../text/placeFinding.ts';
import { isAssumed } from './assume.ts';
import type { CheckedConfig } from './check.ts';
import { dataFindings, missingFiles } from './checkData.ts';
import { modelFindings } from './checkModel.ts';
import type { Environment } from './environment.ts';
import { methodPath } from './methodFindings.ts';

export interface WorldCheck {
  /** Beside those of `checkConfig`. */
  readonly diagnostics: readonly Diagnostic[];
  /** Present exactly when neither check found an error and the model is known. */
  readonly config?: ResolvedConfig;
}

/**
 * Checks a config against its files and its model: whatever needs the outside world. A config whose types are wrong is
 * checked as it most likely is meant, and nothing is said of what is wrong in it; where even that cannot be told, only
 * of missing files. Nothing is said of a model that is not here yet.
 */
export async function checkAgainstWorld(checked: CheckedConfig, environment: Environment): Promise<WorldCheck> {
  const { methods, parsed, overrides, value } = checked;
  const input = checked.input ?? checked.assumed?.input;
  if (input === undefined) {
    const missing = await missingFiles(value, environment);
    return { diagnostics: missing.map((finding) => placeFinding(parsed, overrides, finding)) };
  }
  const [model, data] = await Promise.all([
    environment.model(input.model, input.revision),
    dataFindings(input, draftConfig(input, methods.methods), environment),
  ]);
  const findings: Finding[] = [...data];
  if (model.kind === 'unusable') {
    findings.push({ severity: 'error', code: 'unusable-model', path: ['model'], message: model.reason });
  }
  if (model.kind === 'known') {
    findings.push(...modelFindings(input, methods.assumed, model.dimensions, value));
    if (!trainingObstacle(model.dimensions)) findings.push(...(await trainingFindings(input, environment)));
  }

  const assumed = [...(checked.assumed?.assumed ?? []), ...methods.problems.map((problem) => methodPath(problem.path))];
  const diagnostics = findings
    .filter(({ path }) => !isAssumed(path, assumed))
    .map((finding) => placeFinding(parsed, overrides, finding));
  const fine = checked.config !== undefined && !diagnostics.some(({ severity }) => severity === 'error');
  if (!fine || model.kind !== 'known') return { diagnostics };
  const config = resolveConfig(input, methods.methods, model.dimensions);
  const cut = (await environment.cutRows?.(config)) ?? {};
  const warnings = splitNames.flatMap((name): readonly Finding[] => {
    const message = cut[name];
    return message === undefined ? [] : [{ severity: 'warning', code: 'cut-rows', path: ['data', name], message }];
  });
  const placed = warnings.map((finding) => placeFinding(parsed, overrides, finding));
  return { diagnostics: [...diagnostics, ...placed], config };
}

/** Problems of one kind that are told one by one. */
const mostProblems = 5;

async function trainingFindings(input: ConfigInput, environment: Environment): Promise<readonly Finding[]> {
  const facts = await environment.training?.(input.model, input.revision, input.task);
  if (!facts) return [];
  const { problems, notes } = facts;
  const told = problems.slice(0, mostProblems);
  if (problems.length > told.length) told.push(`${problems.length - told.length} more problems of this kind`);
  const finding =
    (severity: Finding['severity'], code: string) =>
    (message: string): Finding => ({
      severity,
      code,
      path: ['model'],
      message,
    });
  return [...told.map(finding('error', 'unusable-model')), ...notes.map(finding('information', 'odd-model'))];
}
