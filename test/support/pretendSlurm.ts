import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { temporaryFolder } from './temporaryFolder.ts';

/** Puts programs in the place of Slurm's, each a few lines of shell, until the test is over. @returns a folder of theirs */
export function pretendSlurm(programs: Readonly<Record<string, string>>): string {
  const folder = path.join(temporaryFolder(), 'bin');
  mkdirSync(folder);
  for (const [name, lines] of Object.entries(programs))
    writeFileSync(path.join(folder, name), `#!/bin/sh\ncd ${folder}\n${lines}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return folder;
}
