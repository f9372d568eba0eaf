import { type Diagnostic, inTextOrder } from '../../config/text/diagnostic.ts';
import { type ParsedConfig, parseConfig } from '../../config/text/parse.ts';
import { partsToWrite } from '../../config/text/partsToWrite.ts';
import { placeFinding, writtenAt } from '../../config/text/placeFinding.ts';
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
    missing: (key) => partsToWrite(key, value, beginning),
  });
  const diagnostics = [...ofText, ...findings.map((finding) => placeFinding(parsed, [], finding))];
  return {
    parsed,
    value,
    diagnostics: inTextOrder(diagnostics),
    ...(sweep && !ofText.some(({ severity }) => severity === 'error') && { sweep }),
  };
}

const beginning = { parts: sweepParts, whole: sweepSkeleton, title: 'Write a whole sweep' };
