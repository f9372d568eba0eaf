import type { Diagnostic } from '../../config/text/diagnostic.ts';
import { type ParsedConfig, parseConfig } from '../../config/text/parse.ts';
import { placeFinding, writtenAt } from '../../config/text/placeFinding.ts';
import type { Cure } from '../../problems/finding.ts';
import { readSweep } from '../file/readSweep.ts';
import type { Sweep } from '../file/sweep.ts';
import { sweepFile } from './sweepFile.ts';
import { sweepParts, sweepSkeleton } from './sweepSkeleton.ts';

/** A sweep's text after every check that needs nothing but the text. */
export interface CheckedSweep {
  readonly parsed: ParsedConfig;
  readonly value: unknown;
  readonly diagnostics: readonly Diagnostic[];
  /** What the sweep says; absent when an error stands in the way. */
  readonly sweep?: Sweep;
}

/** Checks a sweep's text: YAML, then its keys. Pure and quick; never throws. */
export function checkSweepText(source: string | Uint8Array): CheckedSweep {
  const parsed = parseConfig(source, (path) => sweepFile.infoAt(path) !== undefined);
  const { value, root, diagnostics: ofText } = parsed;
  if (root === undefined && ofText.length > 0) return { parsed, value, diagnostics: ofText };
  const { sweep, findings } = readSweep(value ?? {}, {
    written: (path) => writtenAt(parsed, [], path),
    missing: (key) => partsToWrite(key, parsed),
  });
  const diagnostics = [...ofText, ...findings.map((finding) => placeFinding(parsed, [], finding))];
  return {
    parsed,
    value,
    diagnostics: inOrder(diagnostics),
    ...(sweep && !ofText.some(({ severity }) => severity === 'error') && { sweep }),
  };
}

/** A key of the sweep itself, before all others; an empty file can have a whole sweep. */
function partsToWrite(key: string, { value }: ParsedConfig): readonly Cure[] {
  const text = sweepParts[key];
  if (text === undefined) return [];
  const whole: Cure = { do: 'begin', text: sweepSkeleton, title: 'Write a whole sweep' };
  return [...(value == null ? [whole] : []), { do: 'begin', text, title: `Add ${key}` }];
}

const inOrder = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.toSorted((a, b) => a.range.start.offset - b.range.start.offset);
