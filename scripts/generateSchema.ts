/**
 * Writes what derives from the config's declaration: the JSON schema that editors read, the config reference
 * and the tables of tasks and metrics.
 * `node scripts/run.mjs scripts/generateSchema.ts`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { entryFormula, usualFamily } from '../extension/config/editor/entryFormula.ts';
import { configKeys } from '../extension/config/schema/keyTable.ts';
import { configSchema } from '../extension/config/schema/schema.ts';
import { sweepSchema } from '../extension/experiments/file/sweepSchema.ts';
import { formulaLetters } from '../extension/methods/entries/countFormula.ts';
import { entryNames, entryOptions, optionKeys } from '../extension/methods/entries/entryOptions.ts';
import { presets } from '../extension/methods/presets.ts';
import { methods } from '../extension/methods/registry.ts';
import type { Metric } from '../extension/metrics/metric.ts';
import { metrics, metricsOf } from '../extension/metrics/registry.ts';
import { readDimensions } from '../extension/models/config.ts';
import type { KeyInfo } from '../extension/problems/keyInfo.ts';
import { showNumber } from '../extension/problems/showValue.ts';
import { tasks } from '../extension/tasks/registry.ts';
import type { Task } from '../extension/tasks/task.ts';
import { usualMetrics } from '../extension/tasks/taskMetrics.ts';

type Json = Record<string, unknown>;

/** Path from the repository's root → content of every generated file. */
export function generate(): Readonly<Record<string, string>> {
  return {
    'extension/config/generated/peft.schema.json': `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    'extension/config/generated/sweep.schema.json': `${JSON.stringify(sweepJsonSchema(), null, 2)}\n`,
    'docs/config.md': reference(),
    'docs/tasks.md': tasksAndMetrics(),
  };
}

/** Entries of `methods`, and the options of each method and preset. */
function methodSchemas(): Json {
  const optionsOf = (name: string): Json => {
    const { $schema, ...object } = clean(
      z.toJSONSchema(z.strictObject(entryOptions(name) ?? {}), { io: 'input', unrepresentable: 'any' }),
    ) as Json;
    const parts = presets.find((preset) => preset.name === name)?.partNames ?? [];
    const nested = parts.map((part) => [part, { $ref: `#/$defs/${part}` }]);
    return { ...object, properties: { ...(object.properties as Json), ...Object.fromEntries(nested) } };
  };
  const entries = entryNames.map((name) => [name, { anyOf: [{ $ref: `#/$defs/${name}` }, { type: 'null' }] }]);
  const methodEntry = {
    anyOf: [
      { type: 'string', enum: entryNames },
      { type: 'object', properties: Object.fromEntries(entries), additionalProperties: false, minProperties: 1 },
    ],
  };
  return { methodEntry, ...Object.fromEntries(entryNames.map((name) => [name, optionsOf(name)])) };
}

const methodEntry = { $ref: '#/$defs/methodEntry' };
const methodList = { anyOf: [methodEntry, { type: 'array', items: methodEntry, minItems: 1 }] };

function jsonSchema(): Json {
  const schema = clean(z.toJSONSchema(configSchema, { io: 'input' })) as Json;
  const properties = schema.properties as Record<string, Json>;
  return {
    ...schema,
    title: 'PEFT Lab experiment',
    properties: { ...properties, methods: { description: properties.methods?.description, ...methodList } },
    $defs: methodSchemas(),
  };
}

function sweepJsonSchema(): Json {
  const schema = clean(z.toJSONSchema(sweepSchema, { io: 'input' })) as Json;
  const properties = schema.properties as Record<string, Json>;
  const own = { type: 'object', additionalProperties: methodList, minProperties: 1, maxProperties: 1 };
  const arm = { anyOf: [...methodList.anyOf, own] };
  return {
    ...schema,
    title: 'PEFT Lab sweep',
    properties: { ...properties, methods: { ...properties.methods, items: arm } },
    $defs: methodSchemas(),
  };
}

/** Without the keys that only our own editor reads, and without JSON schema's stand-ins for "no bound". */
function clean(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(clean);
  if (typeof json !== 'object' || json === null) return json;
  const { finding, rule, completes, shorthandFor, ...rest } = json as Json;
  if (rest.maximum === Number.MAX_SAFE_INTEGER) delete rest.maximum;
  if (rest.minimum === Number.MIN_SAFE_INTEGER) delete rest.minimum;
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, clean(value)]));
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function defaultOf(info: KeyInfo): string {
  const value = info.default;
  if (info.required) return 'required';
  if (Array.isArray(value)) return `\`[${value.join(', ')}]\``;
  if (value === undefined || value === null || typeof value === 'object') return '';
  return `\`${showNumber(value)}\``;
}

/** A decoder with grouped heads, RMS norms and a gated feed-forward network: Llama 3.2 1B. */
const decoder = readDimensions(
  {
    ...{ model_type: 'llama', hidden_size: 2048, num_hidden_layers: 16, num_attention_heads: 32 },
    ...{ num_key_value_heads: 8, intermediate_size: 8192, vocab_size: 128_256, max_position_embeddings: 131_072 },
    ...{ hidden_act: 'silu', rms_norm_eps: 1e-5, rope_theta: 500_000 },
  },
  'Llama 3.2 1B',
);

/** A section's keys have a table of their own. */
const ruleOf = (info: KeyInfo): string => info.rule.replace(/a mapping with .*/, 'a mapping');

const table = (keys: ReadonlyMap<string, KeyInfo>): string =>
  [
    '| key | type and range | default | |',
    '|---|---|---|---|',
    ...[...keys].map(
      ([key, info]) => `| \`${key}\` | ${cell(ruleOf(info))} | ${defaultOf(info)} | ${cell(info.description)} |`,
    ),
  ].join('\n');

function reference(): string {
  const { children } = configKeys();
  const data = children.get('data')!;
  const training = children.get('training')!;
  const splits = data.children.get('train')!;
  const early = training.children.get('early_stopping')!;
  const methodRows = [...methods, ...presets].map((entry) => {
    const rate = 'learningRate' in entry ? entry.learningRate : undefined;
    const large = rate?.large === undefined ? '' : ` (large models ${showNumber(rate.large)})`;
    const shown = rate === undefined ? 'its parts’' : `${showNumber(rate.default)}${large}`;
    const numbers = [entryFormula(entry.name), entryFormula(entry.name, decoder)].map((formula) =>
      formula === undefined ? '–' : `\`${formula}\``,
    );
    return `| \`${entry.name}\` | ${cell(entry.summary)} | ${numbers.join(' | ')} | ${shown} |`;
  });
  return `<!-- Generated by scripts/generateSchema.ts from extension/config/schema/schema.ts and the methods: do not edit. -->

# Config reference

An experiment is a file \`NAME.peft.yaml\`. Four keys are enough:

\`\`\`yaml
model: google-bert/bert-base-uncased
task: classification
data: {train: train.tsv, validation: dev.tsv}
methods: [ln-tuning]
\`\`\`

Relative paths start from the folder of the config. \`peft-lab check FILE\` lists every problem; \`--set key=value\`
(\`--set training.epochs=5\`, \`--set methods[0].prefix.length=8\`) changes a key for one run.

${table(children)}

## data

${data.description}

${table(data.children)}

A split (\`train\`, \`validation\`, \`test\`) is a path, or a mapping where a file has columns, format or length of its own:

${table(splits.children)}

## methods

A list of entries, each a name or \`name: {options}\`; several form a union, in which every method keeps its own learning
rate. The formulas say how many values a method tunes as it is by default, on an encoder and on a decoder with grouped
heads; a hover says it for the config's own model.

${formulaLetters}

| name | what is tuned | values on ${usualFamily} | on Llama | learning rate |
|---|---|---|---|---|
${methodRows.join('\n')}

${[...methods, ...presets].map((entry) => `### ${entry.name}\n\n${table(optionKeys(entry.name)!.children)}`).join('\n\n')}

## training

${training.description}

${table(training.children)}

\`early_stopping\`:

${table(early.children)}
`;
}

const needWords = { needed: '', asked: ' (optional)', taken: ' (optional)' } as const;

function tasksAndMetrics(): string {
  const columns = (task: Task): string =>
    Object.entries(task.columns)
      .map(([key, need]) => `\`${key}\`${needWords[need]}`)
      .join(', ');
  const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ');
  const special = ({ special: other }: Task): string =>
    other === undefined ? '' : `; of ${other.title}: ${code(metricsOf(other.outcome))}`;
  const taskRows = tasks.map(
    (task: Task) =>
      `| \`${task.name}\` | ${task.title} | ${columns(task)} | ${task.labels} | ${code(usualMetrics(task))}${special(task)} |`,
  );
  const metricRows = metrics.map(
    ({ name, title, direction, definition }: Metric) =>
      `| \`${name}\` | ${title} | ${direction ?? ''} | ${cell(definition)} |`,
  );
  return `<!-- Generated by scripts/generateSchema.ts from extension/tasks and extension/metrics: do not edit. -->

# Tasks and metrics

\`task\` of a config says what the head learns. Columns are named in \`data\` ([config reference](config.md)); an evaluation
gives \`loss\` and the metrics of the task. The first of them is watched by \`keep_best\` and \`early_stopping\` unless
\`training.early_stopping.metric\` names another.

| task | | columns | labels | metrics |
|---|---|---|---|---|
${taskRows.join('\n')}

| metric | | better | |
|---|---|---|---|
${metricRows.join('\n')}
`;
}

const file = fileURLToPath(import.meta.url);
if (process.argv[1] === file) {
  const root = dirname(dirname(file));
  for (const [path, content] of Object.entries(generate())) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}
