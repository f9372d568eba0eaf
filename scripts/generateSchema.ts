/**
 * Writes what derives from declarations: the JSON schemas that editors read, and the pages about config keys, tasks and
 * metrics, methods and commands.
 * `node scripts/run.mjs scripts/generateSchema.ts`
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { configSchema } from '../extension/config/schema/schema.ts';
import { sweepSchema } from '../extension/experiments/file/sweepSchema.ts';
import { entryNames, entryOptions } from '../extension/methods/entries/entryOptions.ts';
import { presets } from '../extension/methods/presets.ts';
import { commandPage } from './docs/commandPage.ts';
import { configPage } from './docs/configPage.ts';
import { methodPages } from './docs/methodPages.ts';
import { taskPage } from './docs/taskPage.ts';

type Json = Record<string, unknown>;

/** Path from the repository's root → content of every generated file. */
export function generate(): Readonly<Record<string, string>> {
  return {
    'extension/config/generated/peft.schema.json': `${JSON.stringify(jsonSchema(), null, 2)}\n`,
    'extension/config/generated/sweep.schema.json': `${JSON.stringify(sweepJsonSchema(), null, 2)}\n`,
    'docs/config.md': configPage(),
    'docs/tasks.md': taskPage(),
    'docs/commandLine.md': commandPage(),
    ...methodPages(),
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

const file = fileURLToPath(import.meta.url);
if (process.argv[1] === file) {
  const root = dirname(dirname(file));
  for (const [path, content] of Object.entries(generate())) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}
