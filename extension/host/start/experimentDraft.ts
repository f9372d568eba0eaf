import { type QuickPickItem, QuickPickItemKind, type Uri } from 'vscode';
import type { ConfigChoices } from '../../config/editor/writeConfigText.ts';
import type { RunEstimate } from '../../contract/estimate.ts';
import { type TaskName, taskNames, tasks } from '../../tasks/registry.ts';
import type { DataPreview } from '../../tasks/rows/preview.ts';
import type { Services } from '../editor/services.ts';

export type ColumnNames = NonNullable<ConfigChoices['columns']>;

export type Preview = DataPreview<TaskName>;

/** The facts that the questions of a new experiment need. */
export interface NewExperimentParts extends Pick<Services, 'previewData' | 'worldOf' | 'lookUpModel'> {
  /** Estimates of a config with each of some methods; undefined where nothing may be started. */
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
  readonly preview: Preview;
  /** Whether a person chooses task and columns one by one. */
  readonly ownColumns: boolean;
  readonly task: TaskName;
  readonly columns: ColumnNames;
  /** Undefined: rows of the training data. */
  readonly validation: string | undefined;
  readonly methods: readonly string[];
}

export const blankDraft: ExperimentDraft = {
  model: '',
  train: '',
  preview: {
    delimiter: null,
    columns: [],
    rows: 0,
    task: tasks[0].name,
    guesses: Object.fromEntries(taskNames.map((name) => [name, {}])) as Preview['guesses'],
    labels: [],
  },
  ownColumns: false,
  task: tasks[0].name,
  columns: {},
  validation: undefined,
  methods: [],
};

const steps = 5;

/** `New experiment (2/5): Training data` */
export const stepTitle = (step: number, what: string): string => `New experiment (${step}/${steps}): ${what}`;

/** A line between the items of a list. */
export const separator = (label = ''): QuickPickItem => ({ label, kind: QuickPickItemKind.Separator });

/** Entries under a heading; nothing where there is none. */
export const section = <T extends QuickPickItem>(label: string, items: readonly T[]): readonly (T | QuickPickItem)[] =>
  items.length === 0 ? [] : [separator(label), ...items];

export const browse = '$(folder-opened) Browse…';

/** Folders without models and data of people's own. */
export const notSearched = '**/{node_modules,.peft-lab,.git}/**';
export const mostFiles = 300;
