import { describe, expect, it } from 'vitest';
import { carryOver } from '../../../extension/config/editor/carryOver.ts';
import { parseConfig } from '../../../extension/config/text/parse.ts';
import { placeFinding } from '../../../extension/config/text/placeFinding.ts';
import { printed } from '../support.ts';

const earlier = parseConfig('model: m\ndata:\n  train: a.tsv\n  label: klass\n');
const findings = [
  placeFinding(earlier, [], {
    severity: 'error',
    code: 'missing-column',
    path: ['data', 'label'],
    message: 'must be a column',
    cures: [{ do: 'set', text: 'x', title: 'x' }],
  }),
  placeFinding(earlier, [], { severity: 'error', code: 'unusable-model', path: ['model'], message: 'must be there' }),
  placeFinding(earlier, [], { severity: 'information', code: 'x', path: ['data'], at: 'key', message: 'note' }),
];

const carried = (text: string) => carryOver(findings, earlier, parseConfig(text));

describe('findings carried over to a later text', () => {
  it('move with what they are about, without their fixes', () => {
    const later = carried('# new line\n\nmodel: m\ndata:\n    train: a.tsv\n    label: klass\n');
    expect(printed(later)).toEqual(['6:12 error data.label: must be a column', '3:8 error model: must be there']);
    expect(later.every(({ fixes }) => fixes === undefined)).toBe(true);
  });

  it('go when what they are about was rewritten or removed', () => {
    expect(printed(carried('model: other\ndata:\n  train: a.tsv\n  label: class\n'))).toEqual([]);
    expect(printed(carried(''))).toEqual([]);
  });

  it('stay put in the same text', () => {
    expect(printed(carried(earlier.text))).toEqual(printed(findings));
  });
});
