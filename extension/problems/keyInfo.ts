import * as z from 'zod';
import type { ValuePath } from './finding.ts';

/** Kinds of files and folders that keys name. */
export type PathKind = 'model' | 'data' | 'config' | 'python';

/** What is known about one key (or one list item, or one alternative of a value), read off its zod schema. */
export interface KeyInfo {
  readonly description: string;
  /** What research found, for hovers. */
  readonly finding?: string;
  /** Type and range in words: `a whole number, 1 or more`. */
  readonly rule: string;
  /** The range alone, in words, for numbers: `1 … 64`. */
  readonly range?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** Whether the bound itself is allowed. */
  readonly minimumIncluded: boolean;
  readonly maximumIncluded: boolean;
  /** Allowed words, for a closed list. */
  readonly values?: readonly string[];
  readonly boolean: boolean;
  readonly default?: unknown;
  readonly required: boolean;
  readonly children: ReadonlyMap<string, KeyInfo>;
  /** Of a mapping with keys of the writer's choice: what their values are. */
  readonly others?: KeyInfo;
  /** Of a list: what its items are. */
  readonly items?: KeyInfo;
  /** The files or folders that the editor offers as value. */
  readonly completes?: PathKind;
  /** Key of the object for which a bare value stands: a data split's `file`. */
  readonly shorthandFor?: string;
}

interface JsonSchema {
  type?: string;
  description?: string;
  finding?: string;
  rule?: string;
  completes?: PathKind;
  shorthandFor?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}

/** Reads a zod schema's keys, types and ranges, as they may be written. */
export function keyInfo(schema: z.ZodType): KeyInfo {
  return fromJson(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema, true);
}

/** The key at a path, list indices skipped to the item's own info. */
export function keyAt(path: ValuePath, root: KeyInfo): KeyInfo | undefined {
  return path.reduce<KeyInfo | undefined>(
    (info, part) => (typeof part === 'number' ? info?.items : (info?.children.get(part) ?? info?.others)),
    root,
  );
}

/** All forms that a value may take, unions in unions flattened, null aside. */
function formsOf(json: JsonSchema): readonly JsonSchema[] {
  return (json.anyOf?.flatMap(formsOf) ?? [json]).filter((form) => form.type !== 'null');
}

type Annotations = Pick<JsonSchema, 'description' | 'finding' | 'completes' | 'shorthandFor'>;

/** Annotations of the schema, or of the union inside it that `nullable` wrapped. */
function annotations(json: JsonSchema): Annotations {
  return { ...json.anyOf?.find((inner) => inner.anyOf !== undefined), ...json };
}

function fromJson(json: JsonSchema, required: boolean): KeyInfo {
  const alternatives = formsOf(json);
  const open = alternatives.map((candidate) => candidate.additionalProperties).find((one) => typeof one === 'object');
  const object = alternatives.find((candidate) => candidate.properties !== undefined);
  const list = alternatives.find((candidate) => candidate.items !== undefined);
  const number = alternatives.find((candidate) => candidate.type === 'integer' || candidate.type === 'number');
  const values = alternatives.flatMap(
    (candidate) => candidate.enum ?? (candidate.const === undefined ? [] : [candidate.const]),
  );
  const range = number && rangeInWords(number);
  const { description = '', finding, completes, shorthandFor } = annotations(json);
  const minimum = number?.minimum ?? number?.exclusiveMinimum;
  const maximum = upper(number?.maximum ?? number?.exclusiveMaximum);
  return {
    description,
    ...(finding !== undefined && { finding }),
    rule: json.rule ?? rulesInWords(alternatives),
    ...(range !== undefined && { range }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    minimumIncluded: number?.minimum !== undefined,
    maximumIncluded: number?.maximum !== undefined,
    ...(values.length > 0 && { values: values.map(String) }),
    boolean: alternatives.some((candidate) => candidate.type === 'boolean'),
    ...('default' in json && { default: json.default }),
    required,
    children: new Map(
      Object.entries(object?.properties ?? {}).map(([key, property]) => [
        key,
        fromJson(property, object?.required?.includes(key) ?? false),
      ]),
    ),
    ...(open && Object.keys(open).length > 0 && { others: fromJson(open, false) }),
    ...(list?.items && { items: fromJson(list.items, true) }),
    ...(completes !== undefined && { completes }),
    ...(shorthandFor !== undefined && { shorthandFor }),
  };
}

function rulesInWords(forms: readonly JsonSchema[]): string {
  const [name, list] = forms;
  if (forms.length === 2 && name?.enum !== undefined && list?.items?.enum?.join() === name.enum.join()) {
    return `one or more of ${name.enum.join(', ')}`;
  }
  return forms.map(ruleInWords).join(', or ');
}

function ruleInWords(json: JsonSchema): string {
  if (json.rule !== undefined) return json.rule;
  if (json.enum !== undefined) return `${json.enum.length > 1 ? 'one of ' : ''}${json.enum.join(', ')}`;
  if (json.const !== undefined) return String(json.const);
  switch (json.type) {
    case 'integer':
    case 'number': {
      const range = rangeInWords(json);
      const kind = json.type === 'integer' ? 'a whole number' : 'a number';
      return range === undefined ? kind : `${kind}, ${range}`;
    }
    case 'boolean':
      return 'true or false';
    case 'string':
      if (json.minLength !== undefined && json.minLength === json.maxLength) {
        return json.minLength === 1 ? 'one character' : `text of ${json.minLength} characters`;
      }
      return json.maxLength === undefined ? 'text' : `text of at most ${json.maxLength} characters`;
    case 'array':
      return json.items?.enum === undefined ? 'a list' : `a list of ${json.items.enum.join(', ')}`;
    case 'object': {
      const keys = Object.keys(json.properties ?? {});
      const shown = keys.length > 7 ? [...keys.slice(0, 4), '…'] : keys;
      return keys.length === 0 ? 'a mapping' : `a mapping with ${shown.join(', ')}`;
    }
    default:
      return 'a value';
  }
}

/** The largest safe integer is what JSON schema writes for "no upper bound". */
function upper(maximum: number | undefined): number | undefined {
  return maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
}

function rangeInWords(json: JsonSchema): string | undefined {
  const maximum = upper(json.maximum);
  const low = json.minimum === Number.MIN_SAFE_INTEGER ? undefined : json.minimum;
  if (low !== undefined && maximum !== undefined) return `${low} … ${maximum}`;
  const lower =
    low !== undefined
      ? `${low} or more`
      : json.exclusiveMinimum !== undefined
        ? `above ${json.exclusiveMinimum}`
        : undefined;
  const higher =
    maximum !== undefined
      ? `at most ${maximum}`
      : json.exclusiveMaximum !== undefined
        ? `below ${json.exclusiveMaximum}`
        : undefined;
  if (lower !== undefined && higher !== undefined) return `${lower} and ${higher}`;
  return lower ?? higher;
}
