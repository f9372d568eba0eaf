import { describe, expect, it } from 'vitest';
import { loadSnippet } from '../../extension/view/loadSnippet.ts';

describe('the Python that loads an export', () => {
  const record = { model: '/models/bert', autoClass: 'AutoModelForSequenceClassification', outputs: 3 };

  it('puts a PEFT adapter on its base in f32, with as many outputs as it was tuned for', () => {
    expect(loadSnippet(record, 'peft', '/w/out "a"')).toBe(`from peft import PeftModel
from transformers import AutoModelForSequenceClassification

base = AutoModelForSequenceClassification.from_pretrained("/models/bert", num_labels=3).float()
model = PeftModel.from_pretrained(base, "/w/out \\"a\\"")
`);
    expect(loadSnippet({ ...record, model: 'a/b', commit: 'c0ffee' }, 'peft', '/o')).toContain(
      'from_pretrained("a/b", revision="c0ffee", num_labels=3).float()',
    );
    expect(loadSnippet({ ...record, outputs: 0 }, 'peft', '/o')).not.toContain('num_labels');
  });

  it('names the class of the task for a merged model, and the file for onnxruntime', () => {
    const merged = loadSnippet({ ...record, autoClass: 'AutoModelForTokenClassification' }, 'merged', '/o');
    expect(merged).toContain('AutoModelForTokenClassification.from_pretrained("/o")');
    expect(loadSnippet(record, 'onnx', '/o')).toContain('InferenceSession("/o/model.onnx")');
    expect(loadSnippet(record, 'native', '/o')).toBeUndefined();
  });
});
