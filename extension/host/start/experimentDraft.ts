import { l10n, type QuickPickItem, QuickPickItemKind, type Uri } from 'vscode';
import type { Environment, ModelFacts } from '../../config/checks/environment.ts';
import type { ConfigChoices } from '../../config/text/writeConfigText.ts';
import type { RunEstimate } from '../../contract/estimate.ts';

export type Task = ConfigChoices['task'];
export type ColumnNames = NonNullable<ConfigChoices['columns']>;

/** Columns of a data file as a task would read them. */
export interface GuessedColumns {
  readonly text?: string | undefined;
  readonly textPair?: string | undefined;
  readonly tokens?: string | undefined;
  readonly label?: string | undefined;
}

/** What a column of a data file holds in the first rows. */
export interface ColumnPreview {
  readonly name: string;
  readonly samples: readonly string[];
  readonly distinct: number;
}

/** What a data file looks like. */
export interface DataPreview {
  readonly columns: readonly ColumnPreview[];
  /** Rows looked at. */
  readonly rows: number;
  readonly task: Task;
  readonly guesses: Readonly<Record<Task, GuessedColumns>>;
  readonly labels: readonly string[];
}

/** What the questions of a new experiment need to know. */
export interface NewExperimentParts {
  /** @throws Error that says why a file is no data */
  readonly previewData: (file: string) => Promise<DataPreview>;
  readonly worldOf: (folder: string) => Promise<Environment>;
  /** What is known of a model; one of the hub is asked for there. */
  readonly lookUpModel: (model: string, folder: string) => Promise<ModelFacts>;
  /** What runs of a config with each of some methods would need; undefined where nothing may be started. */
  readonly estimate: (
    configText: string,
    methods: readonly (readonly string[])[],
    scope: Uri,
  ) => Promise<readonly RunEstimate[] | undefined>;
  /** Models of earlier runs. */
  readonly usedModels: () => readonly string[];
}

/** An experiment as far as its questions were answered. */
export interface ExperimentDraft {
  /** A folder's whole path, or a hub id. */
  readonly model: string;
  readonly train: string;
  readonly preview: DataPreview;
  /** Whether a person chooses task and columns one by one. */
  readonly ownColumns: boolean;
  readonly task: Task;
  readonly columns: ColumnNames;
  /** Undefined: rows of the training data. */
  readonly validation: string | undefined;
  readonly methods: readonly string[];
}

const nothing: GuessedColumns = {};

export const blankDraft: ExperimentDraft = {
  model: '',
  train: '',
  preview: {
    columns: [],
    rows: 0,
    task: 'classification',
    guesses: { classification: nothing, regression: nothing, 'token-classification': nothing, 'masked-lm': nothing },
    labels: [],
  },
  ownColumns: false,
  task: 'classification',
  columns: {},
  validation: undefined,
  methods: [],
};

const steps = 5;

/** `New experiment (2/5): Training data` */
export const stepTitle = (step: number, what: string): string =>
  l10n.t('New experiment ({0}/{1}): {2}', step, steps, what);

export const separator = (label = ''): QuickPickItem => ({ label, kind: QuickPickItemKind.Separator });

/** Entries under a heading; nothing where there is none. */
export const section = <T extends QuickPickItem>(label: string, items: readonly T[]): readonly (T | QuickPickItem)[] =>
  items.length === 0 ? [] : [separator(label), ...items];

export const browse = `$(folder-opened) ${l10n.t('Browse…')}`;

/** Folders without models and data of people's own. */
export const notSearched = '**/{node_modules,.peft-lab,.git}/**';
export const mostFiles = 300;
