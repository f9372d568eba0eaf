import type { ExportFormat } from '../contract/exportFormat.ts';

/** Hugging Face classes of the tasks. */
const autoModels: Readonly<Record<string, string>> = {
  classification: 'AutoModelForSequenceClassification',
  regression: 'AutoModelForSequenceClassification',
  'token-classification': 'AutoModelForTokenClassification',
  'masked-lm': 'AutoModelForMaskedLM',
};

/** What is loaded: the model that was tuned, as it is found from anywhere, and what it was tuned for. */
export interface LoadSubject {
  readonly model: string;
  readonly task: string;
  readonly labels?: readonly string[] | undefined;
  /** Of a model from the hub. */
  readonly commit?: string | null | undefined;
}

/**
 * Python that loads an exported model; undefined for the format that only PEFT Lab reads.
 * @param out the exported folder
 */
export function loadSnippet(
  { model, commit, task, labels = [] }: LoadSubject,
  format: ExportFormat,
  out: string,
): string | undefined {
  const text = (value: string): string => JSON.stringify(value);
  const auto = autoModels[task] ?? 'AutoModel';
  const outputs = task === 'regression' ? 1 : labels.length;
  const revision = commit ? `, revision=${text(commit)}` : '';
  switch (format) {
    case 'peft':
      return [
        'from peft import PeftModel',
        `from transformers import ${auto}`,
        '',
        `base = ${auto}.from_pretrained(${text(model)}${revision}${outputs === 0 ? '' : `, num_labels=${outputs}`})`,
        `model = PeftModel.from_pretrained(base, ${text(out)})`,
        '',
      ].join('\n');
    case 'merged':
      return [
        `from transformers import AutoTokenizer, ${auto}`,
        '',
        `tokenizer = AutoTokenizer.from_pretrained(${text(out)})`,
        `model = ${auto}.from_pretrained(${text(out)})`,
        '',
      ].join('\n');
    case 'onnx':
      return [
        'import onnxruntime',
        '',
        `session = onnxruntime.InferenceSession(${text(`${out}/model.onnx`)})`,
        'print([(given.name, given.shape) for given in session.get_inputs()])',
        '',
      ].join('\n');
    case 'native':
      return undefined;
  }
}
