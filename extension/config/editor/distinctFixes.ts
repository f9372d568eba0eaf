import type { Diagnostic, Fix } from '../text/diagnostic.ts';

interface DistinctFix {
  readonly fix: Fix;
  /** The findings that offer it. */
  readonly cures: readonly Diagnostic[];
  /** Whether each of them offers no other. */
  readonly isOnly: boolean;
}

/** The fixes of findings that stand in one place, each once: a whole config cures every missing key. */
export function distinctFixes(findings: readonly Diagnostic[]): readonly DistinctFix[] {
  const found = new Map<string, DistinctFix>();
  for (const finding of findings) {
    const { fixes = [] } = finding;
    for (const fix of fixes) {
      const key = JSON.stringify(fix);
      const before = found.get(key);
      found.set(key, {
        fix,
        cures: [...(before?.cures ?? []), finding],
        isOnly: fixes.length === 1 && before?.isOnly !== false,
      });
    }
  }
  return [...found.values()];
}
