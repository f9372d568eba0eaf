import path from 'node:path';
import type { QuickPickItem } from 'vscode';
import { firstFew } from '../../problems/firstFew.ts';
import { findTask, type KnownTask, type TaskName, tasks } from '../../tasks/registry.ts';
import type { ColumnPreview } from '../../tasks/rows/preview.ts';
import type { Columns } from '../../tasks/rows/row.ts';
import { withoutIcons } from '../editor/plainText.ts';
import { type ColumnNames, type ExperimentDraft, type Preview, separator, stepTitle } from './experimentDraft.ts';
import { askForItem, back, type Step, skipped } from './steps.ts';

type TaskItem = QuickPickItem & { readonly task?: TaskName };

/** Asks what the data is for, with the columns that each task would read; or to choose them one by one. */
const askForTask: Step<ExperimentDraft> = async (draft) => {
  const { preview, train } = draft;
  const proposed = [findTask(preview.task), ...tasks.filter(({ name }) => name !== preview.task)];
  const items: readonly TaskItem[] = [
    ...proposed
      .filter((task) => isComplete(task, preview) && (task.labels !== 'numbers' || hasNumbers(preview)))
      .map(({ name, title }) => ({
        label: title,
        description: withoutIcons(columnsText(preview.guesses[name])),
        detail: withoutIcons(detailOf(name, preview)),
        task: name,
      })),
    separator(),
    { label: '$(edit) Choose the columns…' },
  ];
  const picked = await askForItem({
    title: stepTitle(3, `What ${path.basename(train)} is for`),
    placeholder: 'What the model learns from the columns',
    canGoBack: true,
    items,
  });
  if (picked === undefined || picked === back) return picked;
  if (picked.task === undefined) return { ...draft, ownColumns: true, columns: {} };
  return { ...draft, ownColumns: false, task: picked.task, columns: named(preview.guesses[picked.task]) };
};

const askForOwnTask: Step<ExperimentDraft> = async (draft) => {
  if (!draft.ownColumns) return skipped;
  const picked = await askForItem({
    title: stepTitle(3, 'Task'),
    placeholder: 'What the model learns',
    canGoBack: true,
    items: tasks.map(({ name, title, summary }) => ({ label: title, detail: summary, task: name })),
  });
  return picked === undefined || picked === back ? picked : { ...draft, task: picked.task };
};

/** A column that a person chooses: what for, and what is said where there need be none. */
interface ColumnQuestion {
  readonly key: keyof ColumnNames;
  readonly what: string;
  readonly none?: string;
}

const columnQuestions: readonly ColumnQuestion[] = [
  {
    key: 'tokens',
    what: 'Column with the words',
  },
  { key: 'text', what: 'Column with the text' },
  {
    key: 'text_pair',
    what: 'Column with the second text',
    none: 'No second text',
  },
  { key: 'prompt', what: 'Column with the prompt' },
  { key: 'completion', what: 'Column with the text after the prompt' },
  { key: 'label', what: 'Column with the labels' },
];

type ColumnItem = QuickPickItem & { readonly column?: string };

const askForColumn =
  ({ key, what, none }: ColumnQuestion): Step<ExperimentDraft> =>
  async (draft) => {
    if (!draft.ownColumns || !isAsked(key, draft.task)) return skipped;
    const { columns, rows } = draft.preview;
    const taken = Object.entries(draft.columns).flatMap(([other, column]) => (other === key ? [] : [column]));
    const left = columns.filter(({ name }) => !taken.includes(name));
    if (left.length === 0 && none !== undefined) return skipped;
    const items: readonly ColumnItem[] = [
      ...(none === undefined ? [] : [{ label: `$(circle-slash) ${none}` }]),
      ...left.map((column) => ({
        label: withoutIcons(column.name),
        description: withoutIcons(column.samples.join(' · ')),
        ...(key === 'label' && { detail: labelText(column, rows) }),
        column: column.name,
      })),
    ];
    const placeholder = `A column of ${path.basename(draft.train)}, with what its first rows hold`;
    const picked = await askForItem({ title: stepTitle(3, what), placeholder, canGoBack: true, items });
    if (picked === undefined || picked === back) return picked;
    const { [key]: _, ...others } = draft.columns;
    return { ...draft, columns: picked.column === undefined ? others : { ...others, [key]: picked.column } };
  };

/** The questions about task and columns, in order. */
export const columnSteps: readonly Step<ExperimentDraft>[] = [
  askForTask,
  askForOwnTask,
  ...columnQuestions.map(askForColumn),
];

/** `2 different values`; a value of its own in every row is a name, no class. */
function labelText({ distinct }: ColumnPreview, rows: number): string {
  if (rows > 20 && distinct === rows) return `another value in each of the first ${rows} rows: hardly a class`;
  return distinct === 1 ? '1 value only: nothing to learn' : `${distinct} different values`;
}

const isAsked = (key: keyof ColumnNames, task: TaskName): boolean =>
  ['needed', 'asked'].includes(findTask(task).columns[key] ?? '');

/** Whether there is a column for everything that a task needs. */
const isComplete = ({ name, columns }: KnownTask, { guesses }: Preview): boolean =>
  Object.entries(columns).every(([key, need]) => need !== 'needed' || key in named(guesses[name]));

/** Words cannot be regressed on; labels of the rows looked at tell. */
const hasNumbers = ({ labels }: Preview): boolean => labels.every((label) => Number.isFinite(Number(label)));

const named = ({ text, textPair, prompt, completion, messages, tokens, label }: Columns): ColumnNames => ({
  ...(text === undefined ? {} : { text }),
  ...(textPair === undefined ? {} : { text_pair: textPair }),
  ...(prompt === undefined ? {} : { prompt }),
  ...(completion === undefined ? {} : { completion }),
  ...(messages === undefined ? {} : { messages }),
  ...(tokens === undefined ? {} : { tokens }),
  ...(label === undefined ? {} : { label }),
});

const columnsText = (guess: Columns): string =>
  Object.entries(named(guess))
    .map(([key, column]) => `${key} ← ${column}`)
    .join(' · ');

function detailOf(task: TaskName, { task: best, labels }: Preview): string {
  if (task !== best) return '';
  return labels.length === 0 ? 'fits best' : `fits best; labels: ${firstFew(labels, 4)}`;
}
