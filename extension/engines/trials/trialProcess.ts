import { type ChildProcess, spawn } from 'node:child_process';
import { nodeEnvironment, type TrainerProgram } from '../../runs/control/spawn.ts';
import { endedHow } from '../../runs/process/exitText.ts';
import { leaveSignalsToSupervisor } from '../../runs/process/signals.ts';
import type { OnnxDevice } from '../onnx/native/providers.ts';
import type { StepComparison } from './compareSteps.ts';
import type { ShortRun, TrialRequest } from './deviceTrial.ts';

/** What the process is asked, and answers; both travel as structured clones. */
export type TrialQuestion =
  | { readonly type: 'probe'; readonly device: OnnxDevice }
  | { readonly type: 'trial'; readonly request: TrialRequest };
export type TrialAnswer<R = unknown> =
  | { readonly ok: true; readonly result: R }
  | { readonly ok: false; readonly problem: string };

const keptStderr = 1000;

/**
 * A process of its own that tries a device: a driver that crashes or hangs takes nothing with it, and what an engine
 * keeps of a closed session goes when the process goes.
 */
export class TrialProcess {
  readonly #child: ChildProcess;
  #stderr = '';

  constructor({ node, nodeArguments }: TrainerProgram) {
    this.#child = spawn(node, [...nodeArguments, 'try-device'], {
      env: nodeEnvironment(),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      windowsHide: true,
    });
    this.#child.on('error', () => {});
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderr);
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
    this.#child.kill('SIGKILL');
  }

  async #ask<R>(question: TrialQuestion, limitMs: number): Promise<TrialAnswer<R>> {
    const child = this.#child;
    return await new Promise((resolve) => {
      const fail = (problem: string) => settle({ ok: false, problem });
      const onMessage = (message: unknown) => settle(message as TrialAnswer<R>);
      const onExit = (code: number | null, signal: NodeJS.Signals | null) =>
        fail(`the process that tried it ${endedHow(code, signal)}. ${this.#stderr.trim()}`.trim());
      const onError = (error: Error) => fail(`no process could try it, got ${error.message}`);
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        fail(`no answer within ${limitMs / 1000} s`);
      }, limitMs);
      const settle = (answer: TrialAnswer<R>) => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit).off('error', onError);
        resolve(answer);
      };
      child.on('message', onMessage).on('exit', onExit).on('error', onError);
      if (child.exitCode !== null || child.signalCode !== null) onExit(child.exitCode, child.signalCode);
      else child.send(question, (error) => error && fail(`no process could try it, got ${error.message}`));
    });
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
        (error: unknown) => ({ ok: false, problem: error instanceof Error ? error.message : String(error) }),
      );
      process.send?.(reply, () => {});
    });
  });
}
