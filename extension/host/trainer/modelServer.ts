import {
  type ModelAnswer,
  type ServeAnswer,
  type ServedPrompt,
  type ServedWriter,
  type ServeQuestion,
  serveAnswer,
  type WriterFacts,
  type WrittenFacts,
} from '../../contract/serve.ts';
import type { WritingSettings } from '../../contract/writing.ts';
import { startFailure } from '../../files/failure.ts';
import { Child } from '../../processes/child.ts';
import { endedHow } from '../../processes/exit.ts';
import { readLines } from '../../processes/lines.ts';
import { Requests } from '../../processes/requests.ts';
import { type TrainerProgram, trainerCommand } from '../../processes/trainerCommand.ts';
import { toldIn } from './trainerTask.ts';

/** Until it has closed what it has open. */
const closeLimitMs = 5_000;

/** A prompt, and who writes on it how. */
export interface WritingOrder {
  readonly writer: ServedWriter;
  readonly prompt: ServedPrompt;
  readonly settings: WritingSettings;
}

/** Who hears of a text while it is written, and who may stop it. */
export interface WritingListener {
  readonly onRead: (tokens: readonly string[]) => void;
  readonly onText: (piece: string) => void;
  readonly signal: AbortSignal;
}

/** The trainer's `serve`: opens models once and answers questions until it is closed. */
export class ModelServer {
  readonly #child: Child;
  readonly #requests = new Requests<ServeAnswer>();
  readonly #listeners = new Map<number, WritingListener>();

  constructor(trainer: TrainerProgram, folder: string) {
    const command = { ...trainerCommand(trainer, ['serve']), folder };
    this.#child = new Child(command, { input: true, onOutput: readLines((line) => this.#heard(line)) });
    void this.#child.exit.then((exit) => {
      const { startError } = exit;
      const how = `the trainer ${endedHow(exit)}. ${this.#child.lastWords.join('\n')}`.trim();
      this.#requests.fail(
        new Error(startError ? `${trainer.node}: could not be started, got ${startFailure(startError)}` : how),
      );
    });
  }

  /** Whether it still answers. */
  get isThere(): boolean {
    return this.#requests.failure === undefined;
  }

  /** @throws Error when the model cannot be opened, or the server is gone */
  async ask(run: string, text: string, textPair?: string): Promise<ModelAnswer> {
    const answer = await this.#requests.ask((id) => this.#send({ id, run, text, textPair }));
    if ('prediction' in answer) return answer.prediction;
    throw unexpected(answer);
  }

  /** Opens a model that writes. @throws Error when it cannot be opened, or the server is gone */
  async open(writer: ServedWriter): Promise<WriterFacts> {
    const answer = await this.#requests.ask((id) => this.#send({ id, open: writer }));
    if ('opened' in answer) return answer.opened;
    throw unexpected(answer);
  }

  /** Lets a model write. @throws Error when it cannot read the prompt, or the server is gone */
  async write({ writer, prompt, settings }: WritingOrder, listener: WritingListener): Promise<WrittenFacts> {
    if (listener.signal.aborted) return { tokens: 0, promptTokens: 0, reason: 'stopped', seconds: 0 };
    let asked = 0;
    const stop = (): void => this.#send({ stop: asked });
    try {
      const answer = await this.#requests.ask((id) => {
        asked = id;
        this.#listeners.set(id, listener);
        this.#send({ id, write: writer, prompt, settings });
        listener.signal.addEventListener('abort', stop, { once: true });
      });
      if ('written' in answer) return answer.written;
      throw unexpected(answer);
    } finally {
      listener.signal.removeEventListener('abort', stop);
      this.#listeners.delete(asked);
    }
  }

  /** It ends when nobody can ask it any more. */
  async close(): Promise<void> {
    await this.#child.close(closeLimitMs);
  }

  #send(question: ServeQuestion): void {
    this.#child.write(`${JSON.stringify(question)}\n`);
  }

  #heard(line: string): void {
    try {
      this.#answered(toldIn(serveAnswer, 'serve', line));
    } catch (error) {
      this.#requests.fail(error as Error);
      this.#child.kill();
    }
  }

  #answered(answer: ServeAnswer): void {
    if ('read' in answer) this.#listeners.get(answer.id)?.onRead(answer.read);
    else if ('piece' in answer) this.#listeners.get(answer.id)?.onText(answer.piece);
    else {
      const waiting = answer.id === null ? undefined : this.#requests.take(answer.id);
      if ('error' in answer) waiting?.reject(new Error(answer.error));
      else waiting?.resolve(answer);
    }
  }
}

const unexpected = (answer: ServeAnswer): Error =>
  new Error(`the trainer answered another question, got ${JSON.stringify(answer)}; reload the window`);
