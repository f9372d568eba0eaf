import { type QuickPickItem, QuickPickItemKind, window } from 'vscode';
import { checkRecord } from '../../config/checks/checkRecord.ts';
import type { ModelFacts } from '../../config/checks/environment.ts';
import type { ExportFormat } from '../../contract/exportFormat.ts';
import { formatRefusal } from '../../export/formats.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { knownTask } from '../../tasks/registry.ts';
import { withoutIcons } from '../editor/plainText.ts';
import { writesText } from '../runs/writesText.ts';

interface ExportForm {
  readonly format: ExportFormat;
  readonly label: string;
  readonly detail: string;
}

const peft: ExportForm = {
  format: 'peft',
  label: 'PEFT adapter',
  detail: 'A folder that Hugging Face peft loads.',
};
const merged: ExportForm = {
  format: 'merged',
  label: 'Whole model',
  detail: 'With the tuned weights in it, for transformers.',
};
const others: readonly ExportForm[] = [
  { format: 'native', label: 'PEFT Lab adapter', detail: 'Manifest and safetensors: every method and union.' },
  { format: 'onnx', label: 'ONNX', detail: 'One file for any onnxruntime: every method and union.' },
  { format: 'gguf', label: 'GGUF', detail: 'One file for llama.cpp, with the tuned weights merged (f16).' },
];

/** For an adapter, which is no whole model. */
export const adapterForms = [peft, ...others];
export const allForms = [peft, merged, ...others];

/**
 * Asks in which form to take a run's model elsewhere: those that can hold it first, the others with why they cannot.
 * @param model of the run, as this machine knows it
 * @throws Error for one that cannot hold it
 */
export async function askForForm(
  run: RunEntry,
  model: ModelFacts,
  forms: readonly ExportForm[],
  title: string,
): Promise<ExportFormat | undefined> {
  const given = forms.filter(({ format }) => format !== 'gguf' || writesText(run));
  const refused = (form: ExportForm): string | undefined => refusalOf(run, model, form.format);
  const cannot = given.filter(refused).map((form) => ({ ...form, detail: withoutIcons(refused(form)!) }));
  const items: (QuickPickItem & { readonly format?: ExportFormat })[] = [
    ...given.filter((form) => refused(form) === undefined),
    ...(cannot.length === 0 ? [] : [{ label: 'cannot hold this model', kind: QuickPickItemKind.Separator }]),
    ...cannot,
  ];
  const format = (await window.showQuickPick(items, { title }))?.format;
  if (format !== undefined) demandForm(run, model, format);
  return format;
}

/** @throws Error where a form cannot hold a run's model */
export function demandForm(run: RunEntry, model: ModelFacts, format: ExportFormat): void {
  const refusal = refusalOf(run, model, format);
  if (refusal !== undefined) throw new Error(`${format}: ${refusal}`);
}

/** Undefined too where the model is not here to tell: the export finds out. */
function refusalOf({ record }: RunEntry, model: ModelFacts, format: ExportFormat): string | undefined {
  const task = knownTask(record.task);
  if (model.kind !== 'known' || task === undefined) return undefined;
  const { methods } = checkRecord(record).methods;
  return formatRefusal(format, { model: model.dimensions, task: task.name, methods });
}
