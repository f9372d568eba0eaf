import { describe, expect, it } from 'vitest';
import { loadSnippet } from '../../extension/view/loadSnippet.ts';

describe('the Python that loads an export', () => {
  const record = { model: '/models/bert', task: 'classification', labels: ['no', 'yes', 'so so'] };

  it('puts a PEFT adapter on its base, with as many outputs as there are labels', () => {
    expect(loadSnippet(record, 'peft', '/w/out "a"')).toBe(`from peft import PeftModel
from transformers import AutoModelForSequenceClassification

base = AutoModelForSequenceClassification.from_pretrained("/models/bert", num_labels=3)
model = PeftModel.from_pretrained(base, "/w/out \\"a\\"")
`);
    expect(loadSnippet({ ...record, model: 'a/b', commit: 'c0ffee' }, 'peft', '/o')).toContain(
      'from_pretrained("a/b", revision="c0ffee", num_labels=3)',
    );
    expect(loadSnippet({ ...record, task: 'regression', labels: [] }, 'peft', '/o')).toContain('num_labels=1');
  });

  it('names the class of the task for a merged model, and the file for onnxruntime', () => {
    const merged = loadSnippet({ ...record, task: 'token-classification' }, 'merged', '/o');
    expect(merged).toContain('AutoModelForTokenClassification.from_pretrained("/o")');
    expect(loadSnippet(record, 'onnx', '/o')).toContain('InferenceSession("/o/model.onnx")');
    expect(loadSnippet(record, 'native', '/o')).toBeUndefined();
  });
});
