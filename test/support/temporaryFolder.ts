import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';

/** A folder that is gone after the test: processes that are about to end may still be writing into it for a moment. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-'));
  onTestFinished(() => vi.waitFor(() => rmSync(folder, { recursive: true, force: true }), { timeout: 30_000 }), 40_000);
  return folder;
}
