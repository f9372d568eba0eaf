import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { applyOverrides } from '../../../extension/config/checks/overrides.ts';
import { findings, fixed, valid } from '../support.ts';

const base = { data: { train: 'a.tsv' }, methods: ['prefix', 'ln-tuning'], training: { epochs: 3 } };

describe('applyOverrides', () => {
  it.each([
    ['training.epochs=5', { ...base, training: { epochs: 5 } }],
    ['training.learning_rate=1e-3', { ...base, training: { epochs: 3, learning_rate: 0.001 } }],
    ['name=a=b', { ...base, name: 'a=b' }],
    ['training.max_steps=', { ...base, training: { epochs: 3, max_steps: null } }],
    ['data.train.limit=100', { ...base, data: { train: { file: 'a.tsv', limit: 100 } } }],
    ['methods=[bitfit]', { ...base, methods: ['bitfit'] }],
    ['methods[1]=bitfit', { ...base, methods: ['prefix', 'bitfit'] }],
    ['methods[2]=bitfit', { ...base, methods: ['prefix', 'ln-tuning', 'bitfit'] }],
    ['methods[0].prefix.length=8', { ...base, methods: [{ prefix: { length: 8 } }, 'ln-tuning'] }],
  ])('%s', (setting, value) => {
    const before = structuredClone(base);
    expect(applyOverrides(base, [setting])).toMatchObject({ value, errors: [] });
    expect(base).toEqual(before);
  });

  it('applies several, the last one last', () => {
    expect(applyOverrides(base, ['training.epochs=5', 'training.epochs=6']).value).toMatchObject({
      training: { epochs: 6 },
    });
  });

  it.each([
    [
      'epochs',
      '--set epochs error must be key=value such as training.epochs=5 or methods[0].prefix.length=8, got "epochs"',
    ],
    [
      'a..b=1',
      '--set a..b=1 error must be key=value such as training.epochs=5 or methods[0].prefix.length=8, got "a..b=1"',
    ],
    [
      'training.epochs=[',
      '--set training.epochs=[ error the value must be YAML, got "["; quote text with special characters',
    ],
    [
      `name=${'['.repeat(90)}`,
      `--set name=${'['.repeat(90)} error the value must be YAML, got "${'['.repeat(56)}…"; quote text with special characters`,
    ],
    ['methods[3]=prefix', '--set methods[3]=prefix error must be methods[0] … methods[1] (one more), got methods[3]'],
    ['model.a=1', '--set model.a=1 error model must be a mapping to set a in it, got "bert"'],
    ['training.epochs=0', '--set training.epochs=0 error training.epochs: must be above 0 and at most 10000, got 0'],
    [
      'training.epochs.x=1',
      '--set training.epochs.x=1 error training.epochs: must be a number, above 0 and at most 10000, got a mapping',
    ],
    ['data.train.limit=0', '--set data.train.limit=0 error data.train.limit: must be 1 or more, got 0'],
    ['training.epoch=1', '--set training.epoch=1 error training.epoch: unknown key epoch; did you mean epochs?'],
    [
      'methods=[ln-tunin]',
      '--set methods=[ln-tunin] error methods[0]: unknown method ln-tunin; did you mean ln-tuning?',
    ],
  ])('says what is wrong with --set %s', (setting, message) => {
    expect(findings(valid(), [setting])).toEqual([message]);
  });

  it('overrides what the file has wrong, and offers no edit of the file for what a flag has wrong', () => {
    const text = valid('training: {batch_size: 0}');
    expect(findings(text, ['training.batch_size=4'])).toEqual([]);
    expect(fixed(text, checkConfig(text, ['training.batch_size=5000']).diagnostics)).toEqual({});
  });

  it('leaves findings about the file at their place', () => {
    expect(findings(valid('threads: 0'), ['training.epochs=5'])).toEqual([
      '5:10 error threads: must be 1 … 1024, got 0',
    ]);
  });
});
