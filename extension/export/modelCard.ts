import { type TunedModel, whereBase } from '../checkpoint/tunedModel.ts';
import type { ExportFormat } from '../contract/exportFormat.ts';
import type { RunRecord, RunSummary } from '../contract/run.ts';
import { codeVersion } from '../contract/version.ts';
import { autoClassName } from '../models/families.ts';
import { findTask } from '../tasks/registry.ts';
import { loadSnippet } from '../view/loadSnippet.ts';
import { testedVersions } from '../view/testedVersions.ts';

/** The record of the run that tuned a model. */
export interface CardRun {
  readonly record: Pick<RunRecord, 'id' | 'seed' | 'counts'>;
  readonly summary: Pick<RunSummary, 'metrics' | 'metricsStep'>;
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
const nativeSnippet = `import json
from safetensors.numpy import load_file

manifest = json.load(open("manifest.json", encoding="utf-8"))
tensors = load_file("adapter.safetensors")
`;

export const cardFile = 'README.md';

/**
 * The README.md of an exported folder: a model card as Hugging Face and peft read it beside their files, with what the
 * model is, how to load it and which versions did.
 */
export function modelCard(tuned: TunedModel, format: ExportFormat, run?: CardRun): string {
  const base = whereBase(tuned);
  const methods = tuned.methods.map(({ method, options }) => `${method.title} ${asCode(JSON.stringify(options))}`);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Base', asCode(base.model) + (base.commit === null ? '' : ` at commit ${asCode(base.commit)}`)],
    ['Task', tuned.task],
    ['Labels, from 0', tuned.labels.map(asCode).join(', ')],
    ['Methods', methods.join('; ') || 'head only'],
    ['Tuned', run && tunedCounts(run)],
    ['Metrics', run && keptMetrics(run)],
    ['Run', run && `${asCode(run.record.id)}, seed ${run.record.seed}`],
    ['Written by', `PEFT Lab ${codeVersion}`],
  ];
  const subject = { ...base, autoClass: autoClassName(tuned.head), outputs: tuned.outputs };
  return `---
${frontMatter(tuned, format, base)}
---

# ${titles[format]}

${facts.flatMap(([name, text]) => (text ? [`- ${name}: ${text}`] : [])).join('\n')}

## Load it

In this folder:

\`\`\`python
${loadSnippet(subject, format, '.') ?? nativeSnippet}\`\`\`

## Versions

The folder was reopened and its logits compared when it was written. Folders of its kind were ${versionsOf(tuned, format)}.
`;
}

/** Which versions of other programs load a tuned model in some format, in one sentence. */
export const versionsOf = ({ methods }: TunedModel, format: ExportFormat): string =>
  testedVersions(
    format,
    methods.some(({ method }) => method.positions !== undefined),
  );

/** A base is named where it is one of the hub's: the hub takes no folder for one. */
function frontMatter(tuned: TunedModel, format: ExportFormat, base: ReturnType<typeof whereBase>): string {
  const tags = ['peft-lab', ...new Set(tuned.methods.map(({ method }) => method.name))];
  const isNamed = base.commit !== null && /^[\w.-]+(\/[\w.-]+)?$/.test(base.model);
  const entries = {
    ...(isNamed && {
      base_model: base.model,
      base_model_relation: format === 'peft' || format === 'native' ? 'adapter' : 'finetune',
    }),
    library_name: libraries[format],
    pipeline_tag: findTask(tuned.task).huggingFace.pipeline,
    tags,
  };
  // JSON is YAML, and quotes what would be a number or null.
  return Object.entries(entries)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
    .join('\n');
}

function tunedCounts({ record: { counts } }: CardRun): string {
  const number = (value: number): string => value.toLocaleString('en-US');
  const share = `${Number(counts.percent.toPrecision(2))} % of the base's ${number(counts.base)}`;
  return `method ${number(counts.method)} (${share}), head ${number(counts.head)} numbers`;
}

function keptMetrics({ summary: { metrics, metricsStep } }: CardRun): string | undefined {
  const values = Object.entries(metrics).map(([name, value]) => `${asCode(name)} ${Number(value.toPrecision(4))}`);
  if (values.length === 0) return undefined;
  return `${values.join(', ')}${metricsStep === null ? '' : ` (at step ${metricsStep})`}`;
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
