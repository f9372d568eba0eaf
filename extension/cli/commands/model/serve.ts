import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import * as z from 'zod';
import type { Predictor } from '../../../inference/predictor.ts';
import { type Cli, type OtherBaseOption, otherBaseOption } from '../../cli.ts';
import { openReport } from '../../output/progressView.ts';

/** One line of stdin; the answer is a line `{"id", "prediction"}` or `{"id", "error"}` of stdout. */
const question = z.object({ id: z.int(), run: z.string(), text: z.string(), textPair: z.string().optional() });

/** Models kept open at once; the one asked longest ago makes room. */
const mostOpen = 4;

/** Answers questions about tuned models until stdin ends: models are opened once and kept. */
export function registerServe(program: Command, cli: Cli): void {
  program
    .command('serve', { hidden: true })
    .option(...otherBaseOption)
    .description('Answers questions about tuned models, one JSON object a line on stdin and stdout.')
    .action(
      cli.action(async (options: OtherBaseOption) => {
        const models = new OpenModels(cli, options);
        const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
        for await (const line of lines)
          if (line.trim() !== '') cli.print(`${JSON.stringify(await answer(line, models))}\n`);
        await models.close();
        return 0;
      }),
    );
}

async function answer(line: string, models: OpenModels): Promise<unknown> {
  let id: number | null = null;
  try {
    const asked = question.parse(JSON.parse(line));
    id = asked.id;
    const predictor = await models.open(asked.run);
    return { id, prediction: await predictor.predict(asked.text, asked.textPair) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

class OpenModels {
  readonly #cli: Cli;
  readonly #options: OtherBaseOption;
  /** In the order of their last use. */
  readonly #open = new Map<string, Predictor>();

  constructor(cli: Cli, options: OtherBaseOption) {
    this.#cli = cli;
    this.#options = options;
  }

  async open(run: string): Promise<Predictor> {
    const predictor = this.#open.get(run) ?? (await this.#load(run));
    this.#open.delete(run);
    this.#open.set(run, predictor);
    const [oldest] = this.#open;
    if (this.#open.size > mostOpen && oldest !== undefined) {
      this.#open.delete(oldest[0]);
      await oldest[1].close();
    }
    return predictor;
  }

  async #load(run: string): Promise<Predictor> {
    const operations = await this.#cli.loadOperations();
    const progress = openReport(this.#cli.stderr);
    return await operations.openPredictor(run, progress.report, this.#options).finally(() => progress.close());
  }

  async close(): Promise<void> {
    for (const predictor of this.#open.values()) await predictor.close();
  }
}
