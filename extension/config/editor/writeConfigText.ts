import { parseMethods } from '../../methods/entries/parse.ts';
import type { ColumnKey } from '../../tasks/task.ts';
import type { ConfigInput } from '../schema/schema.ts';
import { yamlText } from '../text/plainText.ts';

/** A person's choices for a new experiment. Paths are relative to the config's folder. */
export interface ConfigChoices {
  readonly model: string;
  readonly task: ConfigInput['task'];
  readonly train: string;
  readonly validation?: string;
  /** Columns whose names are not what the task reads anyway: `{text: 'sentence'}`. */
  readonly columns?: Readonly<Partial<Record<ColumnKey, string>>>;
  /** What separates the fields, where their files' endings do not say. */
  readonly delimiter?: string | null;
  /** Names of methods or presets; several form a union. */
  readonly methods: readonly string[];
}

/** Rows set aside where no validation file was chosen. */
const validationSplit = 0.1;

/** The text of a new config: what was chosen, and nothing that has a default. */
export function writeConfigText(choices: ConfigChoices): string {
  const { model, task, train, validation, columns = {}, delimiter, methods } = choices;
  // Without a name there, no second text is read.
  const usual = (key: string) => (key === 'text_pair' ? undefined : key);
  const named = Object.entries(columns).filter(([key, column]) => column !== undefined && column !== usual(key));
  const title = `${parseMethods([...methods]).label} on ${train.split(/[\\/]/).at(-1)}`;
  return `${[
    `# ${title.replaceAll(/\p{Cc}/gu, ' ')}`,
    `model: ${yamlText(model)}`,
    `task: ${task}`,
    'data:',
    `  train: ${yamlText(train)}`,
    validation === undefined ? `  validation_split: ${validationSplit}` : `  validation: ${yamlText(validation)}`,
    ...(delimiter == null ? [] : [`  delimiter: ${JSON.stringify(delimiter)}`]),
    ...named.map(([key, column]) => `  ${key}: ${yamlText(column!)}`),
    'methods:',
    ...methods.map((method) => `  - ${method}`),
  ].join('\n')}\n`;
}
