import { describe, expect, it } from 'vitest';
import { checkConfig } from '../../../extension/config/checks/check.ts';
import { formatPath } from '../../../extension/config/checks/diagnostic.ts';
import { formatAsError, formatDiagnostic } from '../../../extension/config/checks/format.ts';
import { showNumber, showValue } from '../../../extension/config/checks/showValue.ts';
import { valid } from '../support.ts';

describe('printing', () => {
  const only = (text: string, overrides: readonly string[] = []) => checkConfig(text, overrides).diagnostics[0]!;

  it('prints a line of `check`', () => {
    expect(formatDiagnostic('sst2.peft.yaml', only(valid('threads: 0')))).toBe(
      'sst2.peft.yaml:5:10 error threads: must be 1 … 1024, got 0',
    );
    expect(formatDiagnostic('sst2.peft.yaml', only(valid(), ['threads=0']))).toBe(
      '--set threads=0 error threads: must be 1 … 1024, got 0',
    );
  });

  it('prints an error', () => {
    expect(formatAsError('sst2.peft.yaml', only(valid('training:\n  seed: -1')))).toBe(
      'sst2.peft.yaml:6 training.seed: must be 0 … 4294967295, got -1',
    );
    expect(formatAsError('sst2.peft.yaml', only(valid(), ['oops']))).toMatch(/^--set oops must be key=value/);
  });

  it('prints paths', () => {
    expect(formatPath(['methods', 1, 'prefix', 'length'])).toBe('methods[1].prefix.length');
    expect(formatPath([])).toBe('');
  });

  it.each([
    [null, 'nothing'],
    [undefined, 'nothing'],
    [[1], 'a list'],
    [{}, 'a mapping'],
    ['a"b', '"a\\"b"'],
    ['x'.repeat(100), `"${'x'.repeat(56)}…"`],
    [1e-5, '1e-5'],
    [true, 'true'],
  ])('shows %j as %s', (value, text) => {
    expect(showValue(value)).toBe(text);
  });

  it.each([
    [0.001, '0.001'],
    [5e-4, '5e-4'],
    [2.5e-10, '2.5e-10'],
    [0, '0'],
    [3, '3'],
  ])('writes %f as configs do: %s', (value, text) => {
    expect(showNumber(value)).toBe(text);
  });
});
