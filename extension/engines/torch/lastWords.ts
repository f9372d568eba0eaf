/** Appends the last words of a program, so that the cause is in the run's own error. */
export function withLastWords(message: string, stderrTail: readonly string[]): string {
  return stderrTail.length === 0 ? message : [`${message}; its last words:`, ...stderrTail].join('\n  | ');
}
