import { expect, it, vi } from 'vitest';
import { readDimensions } from '../../../extension/models/config.ts';
import { runEntry } from '../../support/runEntry.ts';

/** A list that is open in the editor, and the entry that a person takes. */
const editor = vi.hoisted(() => ({
  shown: [] as { readonly label: string; readonly detail?: string; readonly kind?: number }[],
  taken: '',
}));
vi.mock('vscode', () => ({
  QuickPickItemKind: { Separator: -1 },
  window: {
    showQuickPick: async (items: typeof editor.shown) => {
      editor.shown = items;
      return items.find(({ label }) => label === editor.taken);
    },
  },
}));

const { adapterForms, allForms, askForForm, demandForm } = await import(
  '../../../extension/host/models/exportForms.ts'
);

const sizes = { vocab_size: 32, hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 16 };
const positions = { max_position_embeddings: 64, type_vocab_size: 2 };
const dimensions = readDimensions({ model_type: 'bert', ...sizes, ...positions }, 'config.json');
const model = { kind: 'known', dimensions } as const;
const tuned = (method: string, task = 'classification') =>
  runEntry({ record: { task, config: { task, methods: [{ [method]: {} }] } } });

/** What the list says, a line as `/`. */
async function listed(
  run: ReturnType<typeof tuned>,
  forms = adapterForms,
  facts: Parameters<typeof askForForm>[1] = model,
) {
  await askForForm(run, facts, forms, 'Export as');
  return editor.shown.map(({ label, kind }) => (kind === undefined ? label : '/'));
}

it('lists first the forms that can hold a run, then the others with the reason', async () => {
  expect(await listed(tuned('ln-tuning'))).toEqual(['PEFT adapter', 'PEFT Lab adapter', 'ONNX']);
  expect(await listed(tuned('bitfit'))).toEqual(['PEFT Lab adapter', 'ONNX', '/', 'PEFT adapter']);
  expect(editor.shown.at(-1)!.detail).toBe(
    'BitFit is not among the methods that PEFT can load; export it as merged, onnx or native',
  );
  expect(await listed(tuned('prefix'), allForms)).toEqual([
    'PEFT adapter',
    'PEFT Lab adapter',
    'ONNX',
    '/',
    'Whole model',
  ]);
  expect(await listed(tuned('ln-tuning', 'masked-lm'), allForms)).toEqual([
    'Whole model',
    'PEFT Lab adapter',
    'ONNX',
    '/',
    'PEFT adapter',
  ]);
});

it('refuses a form that cannot hold a run before anything else is asked', async () => {
  editor.taken = 'PEFT adapter';
  await expect(askForForm(tuned('bitfit'), model, allForms, 'Push as')).rejects.toThrow(
    'peft: BitFit is not among the methods that PEFT can load; export it as merged, onnx or native',
  );
  expect(await askForForm(tuned('ln-tuning'), model, allForms, 'Push as')).toBe('peft');
  expect(() => demandForm(tuned('prefix'), model, 'merged')).toThrow(
    /^merged: prefix cannot be merged: .*; export it as/,
  );
  expect(() => demandForm(tuned('bitfit'), model, 'merged')).not.toThrow();
});

it('lists all forms of a run whose model is not on this machine', async () => {
  const unknown = { kind: 'unknown' } as const;
  expect(await listed(tuned('bitfit'), allForms, unknown)).toEqual([
    'PEFT adapter',
    'Whole model',
    'PEFT Lab adapter',
    'ONNX',
  ]);
  expect(await listed(tuned('ln-tuning', 'causal-lm'), adapterForms, unknown)).toContain('GGUF');
});
