import type { ExtensionContext, TextDocument } from 'vscode';
import type { CheckedConfig } from '../../config/checks/check.ts';
import type { Environment } from '../../config/checks/environment.ts';
import { configCompletion } from '../../config/editor/complete.ts';
import { hoverAt } from '../../config/editor/hover.ts';
import { methodInlays } from '../../config/editor/lens.ts';
import { startLens } from '../../config/editor/startLens.ts';
import type { Diagnostic } from '../../config/text/diagnostic.ts';
import type { RunEstimate } from '../../contract/estimate.ts';
import type { SweepCost } from '../../contract/sweepCost.ts';
import { sweepFile } from '../../experiments/editor/sweepFile.ts';
import { dryRunLens, sweepLens } from '../../experiments/editor/sweepLens.ts';
import { commandId } from '../commands/ids.ts';
import { configRules } from './checks/configRules.ts';
import type { Estimator } from './checks/fileEstimates.ts';
import { configKind, isOfKind, sweepKind } from './checks/fileKinds.ts';
import { sweepRules } from './checks/sweepRules.ts';
import { registerFiles } from './registerFiles.ts';

interface LanguageDependencies {
  /** Files and models as configs of a folder see them. */
  environment(folder: string): Promise<Environment>;
  /** Tells what the run of a saved config would need. */
  readonly estimateRun: Estimator<RunEstimate>;
  /** Tells what a saved sweep would need. */
  readonly estimateSweep: Estimator<SweepCost>;
  /** Told of what should not have happened. */
  onError(error: unknown): void;
}

interface Languages {
  /** Checks a config or a sweep completely, its files and its models too, and shows what is wrong in the editor. */
  check(document: TextDocument): Promise<readonly Diagnostic[]>;
}

/** Makes configs and sweeps languages of the editor: findings, cures, completion, hovers, counts, outline. */
export function registerLanguages(
  context: Pick<ExtensionContext, 'subscriptions'>,
  { environment, estimateRun, estimateSweep, onError }: LanguageDependencies,
): Languages {
  const configs = registerFiles(context, configKind, {
    environment,
    onError,
    rules: configRules,
    completion: configCompletion,
    estimate: estimateRun,
    isReady: ({ config }) => config !== undefined,
    lenses: ({ checked, diagnostics, facts }, estimate) => [
      // Before the one whose counts fill the line.
      { title: 'Show Tokens', tooltip: 'The first rows as the model reads them', command: commandId('showTokens') },
      { ...startLens(checked, diagnostics, facts.count, estimate), command: commandId('startFromConfig') },
    ],
    inlays: ({ checked, facts: { count } }) =>
      count?.kind === 'counted'
        ? methodInlays(
            checked.parsed,
            count.entries.map((entry) => entry?.method),
          )
        : [],
    hover: ({ checked, facts: { count } }, offset) => {
      const facts = count?.kind === 'counted' ? count : undefined;
      return hoverAt((checked as CheckedConfig).parsed, offset, {
        ...(facts && { dimensions: facts.dimensions }),
        counts: ([, index]) => facts?.entries[typeof index === 'number' ? index : 0],
      });
    },
  });
  const sweeps = registerFiles(context, sweepKind, {
    environment,
    onError,
    rules: sweepRules,
    completion: sweepFile,
    estimate: estimateSweep,
    isReady: ({ plan }) => plan !== undefined,
    lenses: ({ checked, diagnostics }, cost) => [
      { ...sweepLens(checked, diagnostics, cost), command: commandId('startSweep') },
      { ...dryRunLens, command: commandId('dryRunSweep') },
    ],
    inlays: () => [],
    hover: ({ checked }, offset) => hoverAt(checked.parsed, offset, {}, sweepFile),
  });
  return { check: (document) => (isOfKind(sweepKind, document) ? sweeps : configs)(document) };
}
