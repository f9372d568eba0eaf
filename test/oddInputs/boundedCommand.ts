import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const peftLab = path.resolve(import.meta.dirname, '../../bin/peft-lab.cjs');

export interface CommandResult {
  /** Null where it took longer than it may: then it was killed. */
  readonly code: number | null;
  readonly text: string;
  /** The largest resident memory of the process or of one that it started; 0 where the system does not tell. */
  readonly peakMiB: number;
}

/** Runs the built command line in a folder, for at most `limitMs`. */
export async function boundedCommand(
  words: readonly string[],
  folder: string,
  { limitMs, input }: { readonly limitMs: number; readonly input?: string },
): Promise<CommandResult> {
  const child = spawn(process.execPath, [peftLab, ...words], {
    cwd: folder,
    env: { ...process.env, PEFT_LAB_CACHE: path.join(folder, 'cache'), HF_HUB_OFFLINE: '1' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  }
  child.stdin.end(input);
  let peakMiB = 0;
  const watch = setInterval(() => {
    peakMiB = Math.max(peakMiB, ...familyOf(child.pid!).map(peakOf));
  }, 20);
  const killer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  try {
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, text, peakMiB };
  } finally {
    clearInterval(watch);
    clearTimeout(killer);
  }
}

const readProc = (pid: number, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
};

/** The process and its children's children, where the system lists them (Linux). */
function familyOf(pid: number): readonly number[] {
  let threads: readonly string[] = [];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const children = threads.flatMap((thread) => readProc(pid, `task/${thread}/children`).split(' ').filter(Boolean));
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))];
}

const peakOf = (pid: number): number => Number(/VmHWM:\s+(\d+)/.exec(readProc(pid, 'status'))?.[1] ?? 0) / 1024;
