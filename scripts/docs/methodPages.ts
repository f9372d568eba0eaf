import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { entryFormula } from '../../extension/config/editor/entryFormula.ts';
import { exportFormats } from '../../extension/contract/exportFormat.ts';
import { formatRefusal } from '../../extension/export/formats.ts';
import type { Method } from '../../extension/methods/declaration/method.ts';
import { countParameters } from '../../extension/methods/entries/count.ts';
import { formulaLetters } from '../../extension/methods/entries/countFormula.ts';
import { backboneOf, declareEach } from '../../extension/methods/entries/declare.ts';
import { optionKeys } from '../../extension/methods/entries/entryOptions.ts';
import { defaultRatesText } from '../../extension/methods/entries/learningRate.ts';
import { parseMethods } from '../../extension/methods/entries/parse.ts';
import { type Preset, presets } from '../../extension/methods/presets.ts';
import { methods } from '../../extension/methods/registry.ts';
import { readDimensions } from '../../extension/models/config.ts';
import { splitParameters, taskTensors } from '../../extension/models/families.ts';
import type { ModelDimensions } from '../../extension/models/model/dimensions.ts';
import { showNumber } from '../../extension/problems/showValue.ts';
import type { TaskName } from '../../extension/tasks/registry.ts';
import { blockPicture } from './blockPicture.ts';
import { keyTable } from './keyTable.ts';
import { linkPapers, table } from './markdown.ts';
import { measuredHere } from './measuredMethods.ts';

type Entry = Method | Preset;
const entries: readonly Entry[] = [...methods, ...presets];

interface Example {
  readonly title: string;
  readonly task: TaskName;
  readonly dimensions: ModelDimensions;
}

/** An encoder, and a decoder with grouped heads, RMS norms and a gated feed-forward network. */
const examples: readonly Example[] = [
  {
    title: 'BERT-base',
    task: 'classification',
    dimensions: readDimensions(
      {
        ...{ model_type: 'bert', hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12 },
        ...{ intermediate_size: 3072, vocab_size: 30_522, max_position_embeddings: 512, type_vocab_size: 2 },
        ...{ hidden_act: 'gelu' },
      },
      'BERT-base',
    ),
  },
  {
    title: 'Llama 3.2 1B',
    task: 'completion',
    dimensions: readDimensions(
      {
        ...{ model_type: 'llama', hidden_size: 2048, num_hidden_layers: 16, num_attention_heads: 32 },
        ...{ num_key_value_heads: 8, intermediate_size: 8192, vocab_size: 128_256, max_position_embeddings: 131_072 },
        ...{ hidden_act: 'silu', rms_norm_eps: 1e-5, rope_theta: 500_000, tie_word_embeddings: true },
      },
      'Llama 3.2 1B',
    ),
  },
];

/** Formula and number of what an entry tunes by default; why it tunes nothing there, where it cannot. */
function countText(name: string, { dimensions }: Example): string {
  const formula = entryFormula(name, dimensions);
  const { tensors, head } = splitParameters(taskTensors(dimensions, 'sequence', 2), { trainPooler: true });
  const model = { dimensions, tensors };
  const configured = parseMethods(name).methods;
  if (formula === undefined) {
    const [problem] = declareEach(backboneOf(model, head), configured).problems;
    return `none: ${problem?.message.split(';')[0]}`;
  }
  const { method, percent } = countParameters(model, configured, head);
  if (method === 0) return 'none';
  return `\`${formula}\` = ${method.toLocaleString('en-US')} (${percent < 1 ? percent.toPrecision(2) : percent.toFixed(1)} %)`;
}

function exportRow(name: string): readonly (readonly string[])[] {
  const answers = (format: (typeof exportFormats)[number]): readonly string[] =>
    examples.map(({ dimensions: model, task }) => {
      if (entryFormula(name, model) === undefined) return '–';
      const refusal = formatRefusal(format, { model, task, methods: parseMethods(name).methods });
      return refusal === undefined ? 'yes' : `no: ${refusal.replace(/; export it as .*/, '')}`;
    });
  return exportFormats.map((format) => [`\`${format}\``, ...answers(format)]);
}

function rateText(entry: Entry): string {
  if (!('learningRate' in entry)) return 'that of each part';
  const { low, high } = entry.learningRate;
  return `${defaultRatesText(entry.learningRate)}; the editor warns outside ${showNumber(low)} … ${showNumber(high)}`;
}

function pictureOf({ name, title }: Entry): string {
  const [{ dimensions }] = examples as [Example];
  const { tensors, head } = splitParameters(taskTensors(dimensions, 'sequence', 2), { trainPooler: true });
  return blockPicture(
    title,
    declareEach(backboneOf({ dimensions, tensors }, head), parseMethods(name).methods).declared,
  );
}

const marks = ['<!-- written by hand -->', '<!-- generated from here on -->'] as const;
const root = fileURLToPath(new URL('../../', import.meta.url));
const pageOf = (name: string): string => `docs/methods/${name}.md`;

/** The part of a page that is written by hand; a new method's page says that it is still to be written. */
function writtenPart(name: string): string {
  const file = `${root}${pageOf(name)}`;
  const [, after = ''] = existsSync(file) ? readFileSync(file, 'utf8').split(marks[0]) : [];
  const [written = ''] = after.split(marks[1]);
  return written.trim() || '## When it wins\n\nNot written yet.\n\n## When not\n\nNot written yet.';
}

function page(entry: Entry): string {
  const { name, title, summary, findings, paper } = entry;
  const [encoder, decoder] = examples as [Example, Example];
  const facts = [
    [`numbers tuned on ${encoder.title}`, countText(name, encoder)],
    [`numbers tuned on ${decoder.title}`, countText(name, decoder)],
    ['learning rate', rateText(entry)],
    ...('partNames' in entry ? [['parts', entry.partNames.map((part) => `[${part}](${part}.md)`).join(', ')]] : []),
  ];
  const measured = measuredHere(name);
  return `<!-- Generated by scripts/generateSchema.ts from extension/methods: edit only what stands between the marks. -->

# ${title}

*What does \`${name}\` tune, when is it a good choice, and where can it go afterwards?*

${linkPapers(summary)}

![A block of an encoder with what ${title} tunes in it](../images/methods/${name}.svg)

${table(['', 'with its defaults'], facts)}

${formulaLetters.replaceAll('\n', ' ')} The head is counted apart.

${marks[0]}

${writtenPart(name)}

${marks[1]}
${measured === '' ? '' : `\n## Measured here\n\n${measured}\n`}
## Options

${keyTable(optionKeys(name)!.children)}

## Exports

${table(['format', `${encoder.title}, ${encoder.task}`, `${decoder.title}, ${decoder.task}`], exportRow(name))}

[Exports](../exports.md) says what each format holds, and which program reads it.

## Paper

${linkPapers(paper)}
${findings === undefined ? '' : `\n${linkPapers(findings)}\n`}`;
}

function overview(): string {
  const rows = entries.map(({ name, summary }) => [
    `[\`${name}\`](${name}.md)`,
    /^(?:`[^`]*`|\([^)]*\)|[^.:`(])+/.exec(summary)![0],
    ...examples.map((example) => countText(name, example)),
  ]);
  return `<!-- Generated by scripts/generateSchema.ts from extension/methods: do not edit. -->

# Methods

*Which methods are there, what does each tune, and how many numbers is that?*

An entry of \`methods\` is a name, or a name with options; several form a union, in which every method keeps its own learning rate:
\`methods: [prefix, ln-tuning: {terms: [gain]}]\`. The last four are unions by name.

${table(['method', 'what is tuned', ...examples.map(({ title }) => title)], rows)}

${formulaLetters.replaceAll('\n', ' ')} Counts are those of the defaults; the head, new with each task, is counted apart.
\`npx peft-lab count FILE.peft.yaml --methods ln-tuning,lora\` counts on your model, with your options.

Which one is best on your data is a question for [a sweep](../compareMethods.md).
`;
}

/** Path → content of the methods' pages and pictures. */
export function methodPages(): Readonly<Record<string, string>> {
  return {
    'docs/methods/README.md': overview(),
    ...Object.fromEntries(
      entries.flatMap((entry) => [
        [pageOf(entry.name), page(entry)],
        [`docs/images/methods/${entry.name}.svg`, pictureOf(entry)],
      ]),
    ),
  };
}
