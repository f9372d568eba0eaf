import { checkRecord } from '../../config/checks/checkRecord.ts';
import { isResolved, type ResolvedConfig } from '../../config/resolved/resolve.ts';
import type { EngineChoice, RunRecord } from '../../contract/run.ts';
import type { ConfiguredMethod } from '../../methods/declaration/method.ts';
import { parseMethods } from '../../methods/entries/parse.ts';
import { UserError } from '../../problems/userError.ts';

/**
 * The config of a run, checked again: run folders come from anywhere.
 * @param choice the engine that a resumed run goes on with
 * @throws UserError
 */
export function configOf(
  record: RunRecord,
  choice: EngineChoice = {},
): { config: ResolvedConfig; methods: readonly ConfiguredMethod[] } {
  const { config, findings } = checkRecord(record, choice);
  if (config && isResolved(config)) return { config, methods: parseMethods(config.methods).methods };
  const found = findings.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
  throw new UserError(`run.json of ${record.id}: its config cannot be used; start a new run:\n${found}`);
}

/**
 * Whether a run can be resumed with what the command line names: its own config is checked first, so that neither is blamed for the other.
 * @throws UserError
 */
export function demandEngine(record: RunRecord, choice: EngineChoice): void {
  configOf(record);
  const { config, findings } = checkRecord(record, choice);
  if (config) return;
  const asked = Object.keys(choice).map((key) => `--${key}`);
  const found = findings
    .filter(({ severity }) => severity === 'error')
    .map(({ path, message }) => {
      const option = `--${path.join('.')}`;
      return asked.includes(option) ? `${option}: ${message}` : `${asked.join(', ')}: ${path.join('.')}: ${message}`;
    });
  throw new UserError(found.join('\n'), 'usage');
}
