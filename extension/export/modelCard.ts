import { basename } from 'node:path';
import { type TunedModel, whereBase } from '../checkpoint/tunedModel.ts';
import type { ExportFormat } from '../contract/exportFormat.ts';
import type { RunRecord, RunSummary } from '../contract/run.ts';
import { codeVersion } from '../contract/version.ts';
import { autoClassName } from '../models/families.ts';
import { counted } from '../problems/counted.ts';
import { findTask } from '../tasks/registry.ts';
import { formatCount, formatPercent } from '../view/figures.ts';
import { type LoadSubject, loadSnippet } from '../view/loadSnippet.ts';
import { testedVersions } from '../view/testedVersions.ts';
import type { Licence } from './baseLicence.ts';

/** The record of the run that tuned a model. */
export interface CardRun {
  readonly record: Pick<RunRecord, 'id' | 'seed' | 'counts' | 'config' | 'dataHashes'>;
  readonly summary: Pick<RunSummary, 'metrics' | 'metricsStep'>;
  /** How the base differs from the one that the run was trained on, in words. */
  readonly otherBase?: string | undefined;
}

/** Where a model is published, and what is known beyond its run. */
export interface Publication {
  /** `owner/name` on the hub. */
  readonly repository: string;
  /** The metrics over the seeds of its sweep, in Markdown. */
  readonly overSeeds: readonly string[];
}

interface CardSources {
  readonly run?: CardRun | undefined;
  readonly licence?: Licence | undefined;
  readonly publication?: Publication | undefined;
  /** Whether it is a copy of a GGUF file of the base, in which tuned tensors were replaced. */
  readonly isCopy?: boolean;
}

const titles: Readonly<Record<ExportFormat, string>> = {
  peft: 'PEFT adapter',
  merged: 'Merged model',
  onnx: 'ONNX model',
  gguf: 'GGUF model',
  native: 'PEFT Lab adapter',
};
const libraries: Readonly<Record<ExportFormat, string>> = {
  peft: 'peft',
  merged: 'transformers',
  onnx: 'onnx',
  gguf: 'gguf',
  native: 'peft-lab',
};
const nativeSnippet = (folder: string): string => `import json
from safetensors.numpy import load_file

manifest = json.load(open("${folder}/manifest.json", encoding="utf-8"))
tensors = load_file("${folder}/adapter.safetensors")
`;

export const cardFile = 'README.md';

/**
 * The README.md of an exported folder: a model card as Hugging Face and peft read it beside their files, with what the
 * model is, how to load it and which versions did.
 */
export function modelCard(
  tuned: TunedModel,
  format: ExportFormat,
  { run, licence, publication, isCopy = false }: CardSources = {},
): string {
  const base = publication === undefined ? whereBase(tuned) : publicBase(tuned);
  const methods = tuned.methods.map(({ method, options }) => `${method.title} ${asCode(JSON.stringify(options))}`);
  // What was measured is of the weights as they were trained, on their base.
  const isAsTrained = tuned.scale === undefined && run?.otherBase === undefined;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Base', baseText(base, run?.otherBase)],
    ['Licence of the base', licence && asCode(licence.licence)],
    ['Task', tuned.task],
    ['Labels, from 0', tuned.labels.map(asCode).join(', ')],
    ['Methods', methods.join('; ') || 'head only'],
    ['Data', run && dataText(run.record)],
    ['Tuned', run && tunedCounts(run)],
    ['Scale', scaleText(tuned)],
    ['Metrics', run && isAsTrained ? keptMetrics(run, isCopy) : undefined],
    ['Over seeds', isAsTrained ? publication?.overSeeds.join('; ') : undefined],
    ['Run', run && `${asCode(run.record.id)}, seed ${run.record.seed}`],
    ['Written by', `PEFT Lab ${codeVersion}`],
  ];
  const subject = { ...base, autoClass: autoClassName(tuned.head), outputs: tuned.outputs };
  return `---
${frontMatter(tuned, format, base, licence)}
---

# ${titles[format]}

${facts.flatMap(([name, text]) => (text ? [`- ${name}: ${text}`] : [])).join('\n')}

## Load it

${loadText(subject, format, publication)}
## Versions

${isCopy ? replacedText : comparedText} Folders of its kind were ${versionsOf(tuned, format)}.
`;
}

const comparedText = 'The folder was reopened and its logits compared when it was written.';
const replacedText =
  'The file is a copy of a GGUF file of the base, in which tuned tensors were replaced: its bytes were compared when it was written, not its logits.';

/** How to load it: from its folder, or from the hub, where only peft and transformers read it directly. */
function loadText(subject: LoadSubject, format: ExportFormat, publication: Publication | undefined): string {
  const python = (from: string): string =>
    `\`\`\`python\n${loadSnippet(subject, format, from) ?? nativeSnippet(from)}\`\`\`\n`;
  if (publication === undefined) return `In this folder:\n\n${python('.')}`;
  const { repository } = publication;
  if (format === 'peft' || format === 'merged') return `From the hub:\n\n${python(repository)}`;
  const fetched = `\`\`\`sh\nhf download ${repository} --local-dir model\n\`\`\`\n`;
  return `Fetched from the hub first:\n\n${fetched}\n${python('model')}`;
}

/** A folder's place on this machine is nobody else's business, and of no use to them. */
export function publicBase(tuned: TunedModel): ReturnType<typeof whereBase> {
  const base = whereBase(tuned);
  return base.commit === null ? { ...base, model: basename(base.model) } : base;
}

function baseText({ model, commit }: ReturnType<typeof whereBase>, otherBase: string | undefined): string {
  const at = commit === null ? '' : ` at commit ${asCode(commit)}`;
  const other = otherBase === undefined ? '' : `; not the one that was trained on, but with ${asCode(otherBase)}`;
  return `${asCode(model)}${at}${other}`;
}

/** Which versions of other programs load a tuned model in some format, in one sentence. */
export const versionsOf = ({ methods }: TunedModel, format: ExportFormat): string =>
  testedVersions(
    format,
    methods.some(({ method }) => method.positions !== undefined),
  );

/** A base is named where it is one of the hub's: the hub takes no folder for one. */
function frontMatter(
  tuned: TunedModel,
  format: ExportFormat,
  base: ReturnType<typeof whereBase>,
  licence: Licence | undefined,
): string {
  const tags = ['peft-lab', ...new Set(tuned.methods.map(({ method }) => method.name))];
  const isNamed = base.commit !== null && /^[\w.-]+(\/[\w.-]+)?$/.test(base.model);
  const entries = {
    ...(isNamed && {
      base_model: base.model,
      base_model_relation: format === 'peft' || format === 'native' ? 'adapter' : 'finetune',
    }),
    ...licence?.entries,
    library_name: libraries[format],
    pipeline_tag: findTask(tuned.task).huggingFace.pipeline,
    tags,
  };
  // JSON is YAML, and quotes what would be a number or null.
  return Object.entries(entries)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join('\n');
}

/** Files by their names and hashes, and which rows of them. */
function dataText({ config: { data }, dataHashes }: CardRun['record']): string {
  const splits = (['train', 'validation', 'test'] as const).flatMap((split) => {
    const source = data[split];
    if (source == null) return [];
    const name = source.file.startsWith('hf://') ? source.file : source.file.split(/[\\/]/).at(-1)!;
    const rows = [
      ...(source.skip ? [`without its first ${counted(source.skip, 'row')}`] : []),
      ...(source.limit == null ? [] : [`at most ${counted(source.limit, 'row')}`]),
      ...(dataHashes[split] === undefined ? [] : [`SHA-256 ${asCode(dataHashes[split])}`]),
    ];
    return [`${split} ${asCode(name)}${rows.length > 0 ? ` (${rows.join(', ')})` : ''}`];
  });
  const share = data.validation == null ? data.validation_split : undefined;
  return [...splits, ...(share ? [`validation: a share of ${share} of the train rows`] : [])].join('; ');
}

function tunedCounts({ record: { counts } }: CardRun): string {
  const share = `${formatPercent(counts.percent)} of the base's ${formatCount(counts.base)}`;
  return `method ${formatCount(counts.method)} (${share}), head ${formatCount(counts.head)} numbers`;
}

const scaleText = ({ scale }: TunedModel): string | undefined =>
  scale === undefined ? undefined : `start + ${scale} · (tuned − start), in terms that have a value in the base`;

function keptMetrics({ summary: { metrics, metricsStep } }: CardRun, isCopy: boolean): string | undefined {
  const values = Object.entries(metrics).map(([name, value]) => `${asCode(name)} ${Number(value.toPrecision(4))}`);
  if (values.length === 0) return undefined;
  const notes = [
    ...(metricsStep === null ? [] : [`at step ${metricsStep}`]),
    ...(isCopy ? ['with the base as the run had it, not as it is in this file'] : []),
  ];
  return `${values.join(', ')}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

/**
 * Text from files in Markdown: code, in which nothing is markup, a link or HTML. What would break the line or turn the
 * text around is shown by its number.
 */
export function asCode(text: string): string {
  const shown = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  // One space at either end is taken away again, where it is not all that there is.
  const room = /^[` ]|[` ]$/.test(shown) && shown.trim() !== '' ? ' ' : '';
  return shown === '' ? '(empty)' : `${fence}${room}${shown}${room}${fence}`;
}
