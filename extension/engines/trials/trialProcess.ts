import { startFailure } from '../../files/failure.ts';
import { messageOf } from '../../problems/messageOf.ts';
import { Child } from '../../processes/child.ts';
import { endedHow } from '../../processes/exit.ts';
import { Requests } from '../../processes/requests.ts';
import { leaveSignalsToSupervisor } from '../../processes/signals.ts';
import { type TrainerProgram, trainerCommand } from '../../processes/trainerCommand.ts';
import type { OnnxDevice } from '../onnx/native/providers.ts';
import type { StepComparison } from './compareSteps.ts';
import type { ShortRun, TrialRequest } from './deviceTrial.ts';

/** What the process is asked, and answers; both travel as structured clones. */
type TrialQuestion =
  | { readonly type: 'probe'; readonly device: OnnxDevice }
  | { readonly type: 'trial'; readonly request: TrialRequest };
type TrialAnswer<R = unknown> =
  | { readonly ok: true; readonly result: R }
  | { readonly ok: false; readonly problem: string };

/**
 * A process of its own that tries a device: a driver that crashes or hangs takes nothing with it, and what an engine
 * keeps of a closed session goes when the process goes.
 */
export class TrialProcess {
  readonly #child: Child;
  readonly #requests = new Requests<TrialAnswer>();

  constructor(trainer: TrainerProgram) {
    this.#child = new Child(trainerCommand(trainer, ['try-device']), {
      channel: 'advanced',
      onMessage: (message) => this.#requests.take()?.resolve(message as TrialAnswer),
    });
    void this.#child.exit.then((exit) => {
      const how = `the process that tried it ${endedHow(exit)}. ${this.#child.lastWords.join('\n')}`;
      const { startError } = exit;
      this.#fail(startError ? `no process could try it, got ${startFailure(startError)}` : how.trim());
    });
  }

  /** Whether a device can be used at all. @returns what is missing, or null */
  async probe(device: OnnxDevice, limitMs: number): Promise<string | null> {
    const answer = await this.#ask<null>({ type: 'probe', device }, limitMs);
    return answer.ok ? null : answer.problem;
  }

  trial(request: TrialRequest, limitMs: number): Promise<TrialAnswer<StepComparison | ShortRun>> {
    return this.#ask({ type: 'trial', request }, limitMs);
  }

  close(): void {
    this.#child.kill();
  }

  async #ask<R>(question: TrialQuestion, limitMs: number): Promise<TrialAnswer<R>> {
    const onLate = () => this.#fail(`no answer within ${limitMs / 1000} s`);
    try {
      const answer = await this.#requests.ask(() => this.#child.send(question), question.type, { ms: limitMs, onLate });
      return answer as TrialAnswer<R>;
    } catch (error) {
      return { ok: false, problem: (error as Error).message };
    }
  }

  #fail(problem: string): void {
    this.#requests.fail(new Error(problem));
    this.#child.kill();
  }
}

/** The process's side: answers questions until nobody can ask any more. */
export async function serveTrials(): Promise<void> {
  leaveSignalsToSupervisor();
  const [{ tryDevice }, { demandDevice }] = await Promise.all([
    import('./deviceTrial.ts'),
    import('../onnx/demandDevice.ts'),
  ]);
  const answer = (question: TrialQuestion): Promise<unknown> =>
    question.type === 'probe' ? demandDevice(question.device).then(() => null) : tryDevice(question.request);
  await new Promise<void>((resolve) => {
    process.on('disconnect', resolve);
    process.on('message', async (question: TrialQuestion) => {
      const reply: TrialAnswer = await answer(question).then(
        (result) => ({ ok: true, result }),
        (error: unknown) => ({ ok: false, problem: messageOf(error) }),
      );
      process.send?.(reply, () => {});
    });
  });
}
