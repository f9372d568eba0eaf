import { statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { ReportProgress } from '../../../contract/reportProgress.ts';
import { adapterFiles, runFiles } from '../../../contract/run.ts';
import { type ServeAnswer, type ServedWriter, type ServeQuestion, serveQuestion } from '../../../contract/serve.ts';
import type { PromptWriter } from '../../../inference/generation/promptWriter.ts';
import type { Predictor } from '../../../inference/predictor.ts';
import { messageOf } from '../../../problems/messageOf.ts';
import { type Cli, type OtherBaseOption, otherBaseOption } from '../../cli.ts';
import { OpenModels } from '../../openModels.ts';
import type { Operations } from '../../operations.ts';
import { openReport } from '../../output/progressView.ts';

/** Answers questions about tuned models until stdin ends: models are opened once and kept. */
export function registerServe(program: Command, cli: Cli): void {
  program
    .command('serve', { hidden: true })
    .option(...otherBaseOption)
    .description('Answers questions about tuned models, one JSON object a line on stdin and stdout.')
    .action(
      cli.action(async (options: OtherBaseOption) => {
        const desk = new Desk(cli, options);
        const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
        for await (const line of lines) if (line.trim() !== '') desk.take(line);
        await desk.close();
        return 0;
      }),
    );
}

/** Another one where a run's tuned weights are others: they are replaced when a run that was gone on with ends. */
const tunedStamp = (run: string): string =>
  Object.values(adapterFiles)
    .map((name) => statSync(path.join(run, runFiles.adapter, name), { throwIfNoEntry: false }))
    .map((found) => found && `${found.ino} ${found.size} ${found.mtimeMs}`)
    .join();

type Writing = Extract<ServeQuestion, { write: ServedWriter }>;
type Predicting = Extract<ServeQuestion, { text: string }>;

/** Answers lines: predictions and mistakes in their order, texts of different models while others are written. */
class Desk {
  readonly #cli: Cli;
  readonly #writing = new Map<number, AbortController>();
  readonly #open = new Set<Promise<void>>();
  readonly #predictors: OpenModels<string, Predictor>;
  readonly #writers: OpenModels<ServedWriter, PromptWriter>;
  #inOrder: Promise<void> = Promise.resolve();

  constructor(cli: Cli, options: OtherBaseOption) {
    this.#cli = cli;
    this.#predictors = new OpenModels(
      (run) => this.#load(({ openPredictor }, report) => openPredictor(run, report, options)),
      tunedStamp,
    );
    this.#writers = new OpenModels(
      (writer) => this.#load(({ openPromptWriter }, report) => openPromptWriter(writer, report, options)),
      ({ kind, run }) => (kind === 'run' ? tunedStamp(run) : ''),
    );
  }

  take(line: string): void {
    let id: number | null = null;
    let question: ServeQuestion;
    try {
      const value = JSON.parse(line);
      id = Number.isInteger(value?.id) ? value.id : null;
      question = serveQuestion.parse(value);
    } catch (error) {
      this.#next(id, async () => {
        throw error;
      });
      return;
    }
    if ('stop' in question) this.#writing.get(question.stop)?.abort();
    else if ('text' in question) this.#next(question.id, () => this.#predict(question));
    else if ('open' in question) {
      const { id, open } = question;
      this.#beside(id, async () =>
        this.#tell({ id, opened: await this.#writers.ask(open, async ({ facts }) => facts) }),
      );
    } else this.#beside(question.id, () => this.#write(question));
  }

  /** When all that was asked is answered. */
  async close(): Promise<void> {
    await this.#inOrder;
    await Promise.all(this.#open);
    await this.#predictors.close();
    await this.#writers.close();
  }

  async #load<Model>(open: (operations: Operations, report: ReportProgress) => Promise<Model>): Promise<Model> {
    const operations = await this.#cli.loadOperations();
    const progress = openReport(this.#cli.stderr);
    return await open(operations, progress.report).finally(() => progress.close());
  }

  async #predict({ id, run, text, textPair }: Predicting): Promise<void> {
    const prediction = await this.#predictors.ask(run, (model) => model.predict(text, textPair));
    this.#tell({ id, prediction });
  }

  async #write({ id, write, prompt, settings }: Writing): Promise<void> {
    const abort = new AbortController();
    this.#writing.set(id, abort);
    try {
      const { step, ...facts } = await this.#writers.ask(write, async (model) => {
        const { text: _, ...written } = await model.write(
          prompt,
          { ...settings, stops: [] },
          {
            onRead: (read) => this.#tell({ id, read }),
            onText: (piece) => this.#tell({ id, piece }),
            signal: abort.signal,
          },
        );
        return { ...written, step: model.step };
      });
      this.#tell({ id, written: { ...facts, ...(step !== undefined && { step }) } });
    } finally {
      this.#writing.delete(id);
    }
  }

  #next(id: number | null, work: () => Promise<void>): void {
    this.#inOrder = this.#inOrder.then(() => this.#told(id, work));
  }

  #beside(id: number, work: () => Promise<void>): void {
    const answered = this.#told(id, work).finally(() => this.#open.delete(answered));
    this.#open.add(answered);
  }

  async #told(id: number | null, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#tell({ id, error: messageOf(error) });
    }
  }

  #tell(answer: ServeAnswer): void {
    this.#cli.print(`${JSON.stringify(answer)}\n`);
  }
}
