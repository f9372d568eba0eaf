import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NoticeBoard } from '../../extension/slurm/noticeBoard.ts';
import { pretendSlurm } from '../support/pretendSlurm.ts';

const signals = ['SIGUSR2', 'SIGTERM', 'SIGINT'] as const;

/** A board, and the signals that only it hears. */
function newBoard(): { readonly board: NoticeBoard; readonly tell: (signal: (typeof signals)[number]) => void } {
  const before = new Set(signals.flatMap((signal) => process.listeners(signal)));
  const board = new NoticeBoard();
  const heard = signals.map((signal) => ({
    signal,
    listeners: process.listeners(signal).filter((listener) => !before.has(listener)),
  }));
  onTestFinished(() => {
    for (const { signal, listeners } of heard) for (const listener of listeners) process.off(signal, listener);
  });
  const tell = (told: (typeof signals)[number]): void => {
    const { listeners } = heard.find(({ signal }) => signal === told)!;
    for (const listener of listeners) listener(told);
  };
  return { board, tell };
}

describe.runIf(process.platform !== 'win32')('a board of notices', () => {
  it('waits for no second word where the end is told while it asks to be started again', async () => {
    const slurm = pretendSlurm({ scontrol: 'touch asked; until [ -e told ]; do sleep 0.01; done' });
    const { board, tell } = newBoard();
    tell('SIGUSR2');
    const answer = board.answer('71_0');
    await expect.poll(() => existsSync(path.join(slurm, 'asked'))).toBe(true);
    tell('SIGTERM');
    writeFileSync(path.join(slurm, 'told'), '');
    expect(await answer).toBe('job 71_0: goes on when it is started again\n');
  });

  it('asks for no start that would come no further, and says what to do', async () => {
    const slurm = pretendSlurm({ scontrol: 'touch asked' });
    const { board, tell } = newBoard();
    tell('SIGUSR2');
    expect(await board.answer('71_0', 'no progress; raise it')).toBe('job 71_0: no progress; raise it\n');
    expect(existsSync(path.join(slurm, 'asked'))).toBe(false);
  });
});
