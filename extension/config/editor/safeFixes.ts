import { formatPath, valueAt } from '../../problems/finding.ts';
import type { Diagnostic, Fix, TextEdit } from '../text/diagnostic.ts';

/** Rules whose only cure changes the writing of one key or value into what was plainly meant. */
const safeRules: ReadonlySet<string> = new Set(['yaml-tab-as-indent', 'unknown-key', 'wrong-type', 'not-allowed']);

/**
 * All cures that may be applied together without looking at each: errors with exactly one cure by a safe rule, never two
 * that touch the same text or give a mapping the same key twice. Undefined when there are fewer than two.
 * @param value the config's plain value.
 */
export function safeFixes(diagnostics: readonly Diagnostic[], value: unknown): Fix | undefined {
  const edits: TextEdit[] = [];
  const renamedTo = new Set<string>();
  let cured = 0;
  for (const { severity, code, fixes = [], path } of diagnostics) {
    const [fix, another] = fixes;
    if (severity !== 'error' || !safeRules.has(code) || fix === undefined || another !== undefined) continue;
    if (fix.edits.some((edit) => edits.some((other) => overlap(edit, other)))) continue;
    if (code === 'unknown-key') {
      const renamed = [...path.slice(0, -1), fix.edits[0]!.newText];
      if (valueAt(value, renamed) !== undefined || renamedTo.has(formatPath(renamed))) continue;
      renamedTo.add(formatPath(renamed));
    }
    edits.push(...fix.edits);
    cured++;
  }
  return cured < 2 ? undefined : { title: `Fix all ${cured} problems that have one safe fix`, edits };
}

const overlap = (a: TextEdit, b: TextEdit): boolean =>
  a.range.start.offset <= b.range.end.offset && b.range.start.offset <= a.range.end.offset;
