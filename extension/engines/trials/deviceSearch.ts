import type { TrainerProgram } from '../../processes/trainerCommand.ts';
import { type DeviceChoice, decideDevice } from './deviceDecision.ts';
import type { TrialRequest } from './deviceTrial.ts';
import { TrialProcess } from './trialProcess.ts';

const candidate = 'webgpu';
/** A driver that has slept may take seconds to come up. */
const probeLimitMs = 15_000;
const trialLimitMs = 180_000;

/** `device: auto` of a run being settled: the GPU is looked for while the run's data is read. */
export class DeviceSearch {
  readonly #process: TrialProcess;
  readonly #problem: Promise<string | null>;

  /** @param trainer how to start the process that tries the device */
  constructor(trainer: TrainerProgram) {
    this.#process = new TrialProcess(trainer);
    this.#problem = this.#process.probe(candidate, probeLimitMs);
  }

  /** @param request the run's own program and first batch; made only when there is a GPU to try them on */
  async settle(request: (device: typeof candidate) => Promise<TrialRequest>): Promise<DeviceChoice> {
    try {
      const problem = await this.#problem;
      if (problem !== null) return { device: 'cpu', reason: problem };
      const answer = await this.#process.trial(await request(candidate), trialLimitMs);
      if (!answer.ok) return { device: 'cpu', reason: `${candidate} fails its trial: ${answer.problem}` };
      return decideDevice(candidate, answer.result);
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#process.close();
  }
}
