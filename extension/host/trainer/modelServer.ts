import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod';
import { nodeEnvironment, type TrainerProgram } from '../../runs/control/spawn.ts';
import { endedHow } from '../../runs/process/exitText.ts';

const prediction = z.object({
  text: z.string(),
  label: z.union([z.string(), z.number()]).optional(),
  probabilities: z.record(z.string(), z.number()).optional(),
  tokens: z.array(z.object({ text: z.string(), label: z.string() })).optional(),
});
/** What a tuned model says about a text. */
export type ModelAnswer = z.infer<typeof prediction>;

const answerLine = z.union([
  z.object({ id: z.int(), prediction }),
  z.object({ id: z.int().nullable(), error: z.string() }),
]);

type Server = ChildProcessByStdio<Writable, Readable, Readable>;

interface Waiting {
  readonly resolve: (answer: ModelAnswer) => void;
  readonly reject: (error: Error) => void;
}

const keptStderr = 2000;

/** The trainer's `serve`: opens a tuned model once and answers questions until it is closed. */
export class ModelServer {
  readonly #child: Server;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #stderr = '';
  #ended: Error | undefined;

  constructor({ node, nodeArguments }: TrainerProgram, folder: string) {
    this.#child = spawn(node, [...nodeArguments, 'serve'], {
      cwd: folder,
      env: nodeEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderr);
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#answered(line));
    this.#child.once('error', (error) => this.#end(`${node}: could not be started, got ${error.message}`));
    this.#child.once('exit', (code, signal) =>
      this.#end(`the trainer ${endedHow(code, signal)}. ${this.#stderr.trim()}`.trim()),
    );
    // A broken pipe is told by the exit.
    this.#child.stdin.on('error', () => {});
  }

  /** @throws Error when the model cannot be opened, or the server is gone */
  async ask(runFolder: string, text: string): Promise<ModelAnswer> {
    if (this.#ended) throw this.#ended;
    const id = ++this.#lastId;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ id, run: runFolder, text })}\n`);
    });
  }

  /** It ends when nobody can ask it any more. */
  close(): void {
    this.#child.stdin.end();
  }

  #answered(line: string): void {
    const answer = answerLine.parse(JSON.parse(line));
    const waiting = answer.id === null ? undefined : this.#waiting.get(answer.id);
    if (answer.id === null || waiting === undefined) return;
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting.reject(new Error(answer.error));
    else waiting.resolve(answer.prediction);
  }

  #end(message: string): void {
    this.#ended ??= new Error(message);
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}
