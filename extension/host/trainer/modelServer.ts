import * as z from 'zod';
import { startFailure } from '../../files/failure.ts';
import { Child } from '../../processes/child.ts';
import { endedHow } from '../../processes/exit.ts';
import { readLines } from '../../processes/lines.ts';
import { Requests } from '../../processes/requests.ts';
import { type TrainerProgram, trainerCommand } from '../../processes/trainerCommand.ts';

const prediction = z.object({
  text: z.string(),
  label: z.union([z.string(), z.number()]).optional(),
  probabilities: z.record(z.string(), z.number()).optional(),
  tokens: z.array(z.object({ text: z.string(), label: z.string() })).optional(),
});
/** A tuned model's answer to a text. */
export type ModelAnswer = z.infer<typeof prediction>;

const answerLine = z.union([
  z.object({ id: z.int(), prediction }),
  z.object({ id: z.int().nullable(), error: z.string() }),
]);

/** Until it has closed what it has open. */
const closeLimitMs = 5_000;

/** The trainer's `serve`: opens a tuned model once and answers questions until it is closed. */
export class ModelServer {
  readonly #child: Child;
  readonly #requests = new Requests<ModelAnswer>();

  constructor(trainer: TrainerProgram, folder: string) {
    const command = { ...trainerCommand(trainer, ['serve']), folder };
    this.#child = new Child(command, { input: true, onOutput: readLines((line) => this.#answered(line)) });
    void this.#child.exit.then((exit) => {
      const { startError } = exit;
      const how = `the trainer ${endedHow(exit)}. ${this.#child.lastWords.join('\n')}`.trim();
      this.#requests.fail(
        new Error(startError ? `${trainer.node}: could not be started, got ${startFailure(startError)}` : how),
      );
    });
  }

  /** @throws Error when the model cannot be opened, or the server is gone */
  ask(runFolder: string, text: string): Promise<ModelAnswer> {
    return this.#requests.ask((id) => this.#child.write(`${JSON.stringify({ id, run: runFolder, text })}\n`));
  }

  /** It ends when nobody can ask it any more. */
  async close(): Promise<void> {
    await this.#child.close(closeLimitMs);
  }

  #answered(line: string): void {
    const answer = answerLine.parse(JSON.parse(line));
    const waiting = answer.id === null ? undefined : this.#requests.take(answer.id);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.prediction);
  }
}
