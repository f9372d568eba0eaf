import { counted } from '../../problems/counted.ts';
import { changeTo, type Finding } from '../../problems/finding.ts';
import { nearest } from '../../problems/nearest.ts';
import { type ConfigDraft, draftConfig, type ResolvedConfig, resolveConfig, splitNames } from '../resolved/resolve.ts';
import type { ConfigInput } from '../schema/schema.ts';
import type { Diagnostic } from '../text/diagnostic.ts';
import { placeFinding } from '../text/placeFinding.ts';
import { yamlText } from '../text/plainText.ts';
import { isAssumed } from './assume.ts';
import type { CheckedConfig } from './check.ts';
import { dataFindings, missingFiles, notDownloaded } from './checkData.ts';
import { modelFindings } from './checkModel.ts';
import type { Environment, ModelFacts, TrainingFacts } from './environment.ts';
import { methodPath } from './methodFindings.ts';

interface WorldCheck {
  /** Beside those of `checkConfig`. */
  readonly diagnostics: readonly Diagnostic[];
  /** Present exactly when neither check found an error and the model is known. */
  readonly config?: ResolvedConfig;
}

/**
 * Checks a config against its files and its model: whatever needs the outside world. A config whose types are wrong is
 * checked as it most likely is meant, and nothing is said of what is wrong in it; where even that cannot be told, only
 * of missing files. Of a model that is not here yet it is said that it was not checked.
 */
export async function checkAgainstWorld(checked: CheckedConfig, environment: Environment): Promise<WorldCheck> {
  const { methods, parsed, overrides, value } = checked;
  const input = checked.input ?? checked.assumed?.input;
  if (input === undefined) {
    const missing = await missingFiles(value, environment);
    return { diagnostics: missing.map((finding) => placeFinding(parsed, overrides, finding)) };
  }
  const lookAtModel = async () => {
    const model = await environment.model(input.model, input.revision);
    return { model, found: model.kind === 'known' ? [] : await unknownModel(input.model, model, environment) };
  };
  const draft = draftConfig(input, methods.methods);
  const [{ model, found }, data] = await Promise.all([lookAtModel(), dataFindings(input, draft, environment)]);
  const findings: Finding[] = [...data, ...found];
  if (model.kind === 'known') {
    findings.push(...modelFindings(input, methods.assumed, model.dimensions, value));
    findings.push(...(await trainingFindings(input, draft, environment)));
  }

  const assumed = [...(checked.assumed?.assumed ?? []), ...methods.problems.map((problem) => methodPath(problem.path))];
  const diagnostics = findings
    .filter(({ path }) => !isAssumed(path, assumed))
    .map((finding) => placeFinding(parsed, overrides, finding));
  const fine = checked.config !== undefined && !diagnostics.some(({ severity }) => severity === 'error');
  if (!fine || model.kind !== 'known') return { diagnostics };
  const config = resolveConfig(input, methods.methods, model.dimensions);
  // Rows that are not here yet are read when a run has brought them.
  const isHere = !data.some(({ code }) => code === notDownloaded);
  const readingRows = isHere ? await cutFindings(config, environment) : [];
  const rows = readingRows.map((finding) => placeFinding(parsed, overrides, finding));
  const isRight = !rows.some(({ severity }) => severity === 'error');
  return { diagnostics: [...diagnostics, ...rows], ...(isRight && { config }) };
}

/** The finding for a model that cannot be read, with the folder beside the config that was most likely meant. */
async function unknownModel(
  name: string,
  model: Exclude<ModelFacts, { readonly kind: 'known' }>,
  { listFolder }: Environment,
): Promise<readonly Finding[]> {
  const cut = name.lastIndexOf('/') + 1;
  const folder = name.slice(0, cut);
  const folders = ((await listFolder(folder === '' ? '.' : folder)) ?? []).filter(({ kind }) => kind === 'folder');
  const near = nearest(
    name.slice(cut),
    folders.map((entry) => entry.name),
  );
  const files = near === undefined || near === name.slice(cut) ? [] : ((await listFolder(folder + near)) ?? []);
  const meant = files.some((file) => file.name === 'config.json') ? `${folder}${near}` : undefined;
  const question = meant === undefined ? '' : `; did you mean ${meant}?`;
  const cures = meant === undefined ? [] : [changeTo(meant, yamlText(meant))];
  const path = ['model'];
  if (model.kind === 'unusable') {
    return [{ severity: 'error', code: 'unusable-model', path, message: `${model.reason}${question}`, cures }];
  }
  const isOfHub = `there is no folder ${name}, so it is taken for a model of the hub`;
  if (meant !== undefined) {
    return [{ severity: 'warning', code: 'model-of-hub', path, message: `${isOfHub}${question}`, cures }];
  }
  const later = 'it is downloaded, and checked, when a run starts';
  const message = `${name.includes('/') ? 'is not in the local cache yet' : isOfHub}; ${later}`;
  return [{ severity: 'information', code: 'model-not-here', path, message }];
}

/** Findings from reading all rows: how many are cut, or the row that ends the reading. */
async function cutFindings(config: ResolvedConfig, environment: Environment): Promise<readonly Finding[]> {
  const { cut, problem } = (await environment.cutRows?.(config)) ?? { cut: {} };
  if (problem !== undefined) {
    const path = problem.split === undefined ? ['model'] : ['data', problem.split];
    return [{ severity: 'error', code: 'unreadable-rows', path, message: problem.message }];
  }
  return splitNames.flatMap((name): readonly Finding[] => {
    const message = cut[name];
    return message === undefined ? [] : [{ severity: 'warning', code: 'cut-rows', path: ['data', name], message }];
  });
}

/** Problems of one kind that are told one by one. */
const mostProblems = 5;

async function trainingFindings(
  input: ConfigInput,
  { data }: ConfigDraft,
  environment: Environment,
): Promise<readonly Finding[]> {
  const facts = await environment.training?.(input.model, input.revision, input.task);
  if (!facts) return [];
  const { problems, notes } = facts;
  const told = problems.slice(0, mostProblems);
  if (problems.length > told.length)
    told.push(`${counted(problems.length - told.length, 'more problem')} of this kind`);
  const finding =
    (severity: Finding['severity'], code: string) =>
    (message: string): Finding => ({
      severity,
      code,
      path: ['model'],
      message,
    });
  return [
    ...told.map(finding('error', 'unusable-model')),
    ...notes.map(finding('information', 'odd-model')),
    ...roomFinding(data, facts),
  ];
}

/** A longest sequence that has no room for text beside the special tokens. */
function roomFinding(
  { max_length, ...splits }: ConfigDraft['data'],
  { specialTokens }: TrainingFacts,
): readonly Finding[] {
  if (!specialTokens || max_length === null) return [];
  const isPair = splitNames.some((name) => splits[name]?.text_pair != null);
  const specials = isPair ? specialTokens.two : specialTokens.one;
  if (max_length > specials) return [];
  const rule = `must be more than ${specials}, the number of special tokens${isPair ? ' around two texts' : ''}, got ${max_length}`;
  const message = `${rule}; set it higher`;
  return [{ severity: 'error', code: 'no-room', path: ['data', 'max_length'], message }];
}
