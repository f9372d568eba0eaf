import type { ExportFormat } from '../contract/exportFormat.ts';

/** The model to load: the tuned one, by a name that works from anywhere, and its class. */
export interface LoadSubject {
  readonly model: string;
  /** Hugging Face's class of such models. */
  readonly autoClass: string;
  /** Outputs of the head, where a base has to be told. */
  readonly outputs: number;
  /** Of a model from the hub. */
  readonly commit?: string | null | undefined;
}

/**
 * Python that loads an exported model; undefined for the format that only PEFT Lab reads.
 * @param out the exported folder
 */
export function loadSnippet(
  { model, commit, autoClass: auto, outputs }: LoadSubject,
  format: ExportFormat,
  out: string,
): string | undefined {
  const text = (value: string): string => JSON.stringify(value);
  const revision = commit ? `, revision=${text(commit)}` : '';
  // A language model's outputs are its vocabulary, which its base knows.
  const size = outputs === 0 || auto.endsWith('LM') ? '' : `, num_labels=${outputs}`;
  switch (format) {
    case 'peft':
      return [
        'from peft import PeftModel',
        `from transformers import ${auto}`,
        '',
        // A base that is stored in 16 bits would round what was tuned of its norms and head; exports are compared in f32.
        `base = ${auto}.from_pretrained(${text(model)}${revision}${size}).float()`,
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
    case 'gguf':
      return [
        'from llama_cpp import Llama',
        '',
        `model = Llama(${text(`${out}/model.gguf`)})`,
        `print(model("Once upon a time", max_tokens=32)["choices"][0]["text"])`,
        '',
      ].join('\n');
    case 'native':
      return undefined;
  }
}
