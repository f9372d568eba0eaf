import { type PushPlan, pushLine } from '../../contract/push.ts';
import { startFailure } from '../../files/failure.ts';
import { Child } from '../../processes/child.ts';
import { endedHow } from '../../processes/exit.ts';
import { readLines } from '../../processes/lines.ts';
import { type TrainerProgram, trainerCommand } from '../../processes/trainerCommand.ts';
import { toldIn } from './trainerTask.ts';

export interface PushOptions {
  /** Working folder. */
  readonly folder: string;
  /** Whether to send what the plan says; nobody hears the answer any more once `ended` is aborted. */
  readonly confirm: (plan: PushPlan, ended: AbortSignal) => Promise<boolean>;
  /** Lines for people, as they come. */
  readonly onNote: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs `peft-lab push`: it exports, tells its plan, and sends nothing before it hears yes.
 * @param words of the command line behind `push`
 * @returns the address of the repository; undefined where nothing was to be sent
 * @throws Error with what it said
 */
export async function pushRun(
  trainer: TrainerProgram,
  words: readonly string[],
  { folder, confirm, onNote, signal }: PushOptions,
): Promise<string | undefined> {
  let address: string | undefined;
  let isRefused = false;
  let wrong: unknown;
  const ended = new AbortController();
  const answer = (isYes: boolean): void => {
    isRefused = !isYes;
    child.write(isYes ? 'yes\n' : 'no\n');
  };
  const child = new Child(
    { ...trainerCommand(trainer, ['push', ...words, '--by-lines']), folder },
    {
      input: true,
      onOutput: readLines((line) => {
        try {
          const told = toldIn(pushLine, 'push', line);
          if ('address' in told) address = told.address;
          else void confirm(told.plan, ended.signal).then(answer, () => answer(false));
        } catch (error) {
          wrong = error;
          child.kill('SIGTERM');
        }
      }),
      onErrorOutput: readLines((line) => {
        if (line.trim() !== '') onNote(line);
      }),
    },
  );
  const abort = (): void => child.kill('SIGTERM');
  signal.addEventListener('abort', abort, { once: true });
  const exit = await child.exit;
  signal.removeEventListener('abort', abort);
  ended.abort();
  if (address !== undefined) return address;
  if (wrong !== undefined) throw wrong;
  if (isRefused || signal.aborted) return undefined;
  if (exit.startError) {
    throw new Error(
      `${trainer.node}: the trainer could not be started, got ${startFailure(exit.startError)}; check this Node`,
    );
  }
  throw new Error(child.lastWords.slice(-6).join('\n') || endedHow(exit));
}
