import * as z from 'zod';

/** How a data file is read; `auto` goes by the file's ending. */
export const dataFormats = ['tsv', 'csv', 'jsonl', 'parquet', 'conll', 'text'] as const;
export type DataFormat = (typeof dataFormats)[number];

const column = z.string().min(1);

/** Encodings of text; what Node decodes under these names. @see https://encoding.spec.whatwg.org */
export const textEncodings = [
  'utf-8',
  'utf-16',
  'utf-16le',
  'utf-16be',
  'latin1',
  'windows-1252',
  'windows-1250',
  'windows-1251',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1256',
  'windows-1257',
  'windows-1258',
  'windows-874',
  'iso-8859-2',
  'iso-8859-7',
  'iso-8859-9',
  'iso-8859-15',
  'macintosh',
  'koi8-r',
  'gb18030',
  'big5',
  'shift_jis',
  'euc-jp',
  'euc-kr',
] as const;

/** A column by its name or, in CoNLL, by its number. */
const columnOrNumber = z.union([column, z.int().min(1)]).meta({ rule: 'a column' });

/** How a file is read, for all files or for one. */
const reading = {
  columns: z
    .array(column)
    .min(1)
    .nullable()
    .optional()
    .describe(
      'Names of all columns, for TSV, CSV and CoNLL files without a header line. `...` at the end leaves out further fields; `text...` as the last takes the rest of the line.',
    ),
  encoding: z
    .enum(textEncodings)
    .nullable()
    .optional()
    .describe('Encoding of text files. Default: `utf-8`. `latin1` is read as Windows-1252, which includes it.'),
};

const columns = {
  text: column
    .nullable()
    .optional()
    .describe('Column with the text. Default: `text`. A `text` file has one text a line and needs no column.'),
  text_pair: column.nullable().optional().describe('Column with the second text of a pair, for tasks over two texts.'),
  prompt: column.nullable().optional().describe('Column with the prompt (completion). Default: `prompt`.'),
  completion: column
    .nullable()
    .optional()
    .describe('Column with the text that follows the prompt (completion). Default: `completion`.'),
  input: column
    .nullable()
    .optional()
    .describe("Column with more of the prompt, which may be empty (completion): Alpaca's `input`."),
  messages: column
    .nullable()
    .optional()
    .describe(
      "Column with conversations (completion): lists of `role` and `content`, or of ShareGPT's `from` and `value`. The turns of the assistant are learned. Default: `messages`, `conversations` or `conversation` where the file has it and no prompts.",
    ),
  tokens: columnOrNumber
    .nullable()
    .optional()
    .describe(
      'Column with the list of tokens (token-classification). Default: `tokens`. CoNLL: a number from 1, or a name in CoNLL-U; else the first.',
    ),
  label: columnOrNumber
    .nullable()
    .optional()
    .describe(
      'Column with the label, the number (regression) or the list of tags. Default: `label`. CoNLL: a number from 1, or a name in CoNLL-U (`UPOS`); else the last.',
    ),
  labels: z
    .array(z.string().min(1))
    .min(2)
    .max(10_000)
    .refine((names) => new Set(names).size === names.length, 'must name each class once')
    .meta({ rule: 'a list of at least two names, each once' })
    .nullable()
    .optional()
    .describe(
      'Names of the classes in their order, where the file has numbers from 0: `[O, B-PER, I-PER]`. A text file may have the names themselves, and must where the names are numbers (1 … 5). Default: the names that a Parquet file of Hugging Face datasets holds, else the labels as they are.',
    ),
};

const path = z.string().min(1).meta({ rule: 'a path' });

/** A data set of the hub: its own Parquet files. */
const hubSet = {
  hub: z
    .string()
    .regex(/^[\w][\w.-]*\/[\w][\w.-]*$/)
    .meta({ rule: 'a data set of the Hugging Face hub, owner/name' })
    .optional()
    .describe(
      'Data set of the Hugging Face hub instead of a file, `stanfordnlp/sst2`: the Parquet file that the hub keeps of it is downloaded into the shared cache, and the run keeps its commit.',
    ),
  config: z.string().min(1).optional().describe('Which of the data set’s configurations. Default: `default`.'),
  split: z
    .string()
    .min(1)
    .optional()
    .describe('Which of its splits. Default: `train`, `validation` or `test`, as the key says.'),
  revision: z
    .string()
    .min(1)
    .optional()
    .describe('Commit of its Parquet files (branch `refs/convert/parquet`). Default: the newest.'),
};

const chatTemplate = z.enum(['auto', 'always', 'never']);

const splitFile = z.strictObject({
  file: path.optional().meta({
    description:
      'Data file; a relative path starts from the folder of the config. `hf://datasets/OWNER/NAME/PATH` is a file of a data set on the hub.',
    completes: 'data',
    rule: 'a path',
  }),
  ...columns,
  format: z
    .enum(['auto', ...dataFormats])
    .optional()
    .describe('How this file is read. Default: as `data.format` says.'),
  delimiter: z
    .string()
    .length(1)
    .nullable()
    .optional()
    .describe('Character between the fields of this file. Default: as `data.delimiter` says.'),
  ...reading,
  chat_template: chatTemplate
    .optional()
    .describe('Whether rows of this file become conversations. Default: as `data.chat_template` says.'),
  skip: z
    .int()
    .min(0)
    .nullable()
    .optional()
    .describe('Rows to leave out at the start; `limit` counts those after them. Default: none.'),
  limit: z
    .int()
    .min(1)
    .nullable()
    .optional()
    .describe('Most rows to train or evaluate on, from the start of the file: a quick trial. Default: all rows.'),
  ...hubSet,
});

const split = (description: string) =>
  z.union([path, splitFile]).meta({ description, completes: 'data', shorthandFor: 'file' });

/** The config's `data` section. */
export const dataSchema = z.strictObject({
  train: split('Rows to train on: a path, or `{file, text, label, …}` where the columns are named differently.'),
  validation: split('Rows to evaluate on during training; decides which checkpoint is best.').nullable().optional(),
  test: split('Rows to evaluate on once, after training.').nullable().optional(),
  validation_split: z
    .number()
    .gt(0)
    .max(0.5)
    .nullable()
    .default(null)
    .describe(
      'Share of the training rows set aside for validation, drawn with `training.seed`, where no `validation` is given.',
    ),
  format: z
    .enum(['auto', ...dataFormats])
    .default('auto')
    .describe(
      'How data files are read; `auto` goes by the ending (.tsv, .csv, .jsonl, .json, .parquet, .conll, .conllu, .txt).',
    ),
  delimiter: z
    .string()
    .length(1)
    .nullable()
    .default(null)
    .describe('Character between the fields of a CSV or TSV file. Default: a comma for CSV, a tab for TSV.'),
  ...reading,
  ...columns,
  max_length: z
    .int()
    .min(2)
    .nullable()
    .default(null)
    .describe(
      'Longest sequence in tokens, special tokens included; longer ones are cut (or split: `long_texts`). Default: 128, or as many as the model has positions for beside a prefix.',
    ),
  long_texts: z
    .enum(['cut', 'split'])
    .default('cut')
    .describe(
      'What becomes of texts longer than `max_length` (causal-lm): they are `cut`, or `split` into pieces of that length, each a row of its own that begins with the last token of the piece before it, so that every token is learned once.',
    ),
  in_memory_mb: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(100)
    .describe(
      'Files larger than this many MB are indexed once and read as they are needed, in bounded memory (all formats but Parquet). Indexes lie in `PEFT_LAB_CACHE`, else in the system’s cache folder.',
    ),
  chat_template: chatTemplate
    .default('auto')
    .describe(
      "Whether prompt and completion become the turns of a conversation, written by the model's chat template. `auto`: instructions in Alpaca's columns do where the model has a template; other prompts are read as they stand. `messages` always need a template.",
    ),
  on_bad_row: z
    .enum(['error', 'skip'])
    .default('error')
    .describe(
      'Effect of a bad row (missing column, empty label, wrong number of fields): stop with file and line, or skip and count it.',
    ),
});
