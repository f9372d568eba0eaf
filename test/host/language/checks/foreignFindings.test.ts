import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../../extension/config/checks/check.ts';
import { withoutForeignFindings } from '../../../../extension/host/language/checks/foreignFindings.ts';

describe('findings beside another YAML checker', () => {
  it('leave out what YAML and the schema tell, and keep what only we know', () => {
    const text =
      'model: m\nmodel: n\ntask: clasification\ndata: {train: a.xyz}\nmethods: [ln-tuning, adapter: {at: ffn}]\n' +
      'training: {epoch: 1, batch_size: 0, learning_rate: 1e-9, keep_best: 7}\nbad: [\n';
    const all = checkConfig(text).diagnostics;
    const kept = withoutForeignFindings(all).map(({ code }) => code);
    expect(all.map(({ code }) => code)).toEqual(expect.arrayContaining(['unknown-key', 'not-allowed', 'out-of-range']));
    expect(kept).toEqual(expect.arrayContaining(['ffn-with-norm']));
    expect(kept.filter((code) => /^yaml-|key|type|range|allowed/.test(code))).toEqual([]);
  });
});
