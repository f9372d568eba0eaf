import { readFileSync } from 'node:fs';
import { shiftedMean } from '../../extension/experiments/statistics/spread.ts';
import { table } from './markdown.ts';

const resultsOf = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../bench/results/${name}.json`, import.meta.url), 'utf8'));

interface Rates {
  /** By arm, rate and seed. */
  readonly values: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;
}

/** The newest first. */
const speedFiles = ['full', 'methods'];

interface Speeds {
  readonly seeds: readonly string[];
  readonly results: Readonly<Record<string, Readonly<Record<string, readonly { readonly tokensPerSecond: number }[]>>>>;
}

interface DecoderSteps {
  readonly results: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly stepSeconds: number; readonly peakMiB: number; readonly loss: number }>>
    >
  >;
}

interface Written {
  readonly loss: number;
  readonly accuracy: number;
  readonly written?: Readonly<Record<'bleu' | 'rougeL', number>>;
}

interface WrittenTexts {
  readonly texts: number;
  readonly seeds: readonly number[];
  /** By method and seed, and by program. */
  readonly results: Readonly<Record<string, Readonly<Record<string, Written>>>>;
}

/** Arms of bench/defaults/width384.sweep.yaml that are a method with other options, or a preset's own union. */
const arms: Readonly<Record<string, readonly string[]>> = {
  adapter: ['attention adapter', 'ffn adapter', 'attention adapter + norms'],
  pfeiffer: ['ffn adapter'],
  prefix: ['prefix', 'prefix small', 'prefix small + norms'],
  mam: ['mam', 'mam small'],
  unified: ['unified large', 'unified small'],
};
const compared = ['ln-tuning', 'head-only'];
const rates = ['0.0003', '0.001', '0.003', '0.01'];

const percent = (share: number | undefined): string => (share === undefined ? '–' : `${(100 * share).toFixed(1)} %`);

/** Accuracy of a method at each learning rate that was tried, beside LN-tuning and the head alone. */
function accuracyByRate(name: string): string {
  const { values } = resultsOf('defaults-sst2') as Rates;
  const own = (arms[name] ?? [name]).filter((arm) => arm in values);
  if (own.length === 0) return '';
  const shown = [...new Set([...own, ...compared])];
  const rows = shown.map((arm) => [arm, ...rates.map((rate) => percent(values[arm]![rate]?.['1']))]);
  const small = own.some((arm) => arm.includes('small'))
    ? " *Small* means `init_std: 0.02` for the prefix, the others PEFT's 1; `unified` begins small by default."
    : '';
  return `Accuracy on SST-2 by learning rate: all-MiniLM-L6-v2 in int8, 2,000 rows, two epochs, one seed, 872 validation rows
(\`npx peft-lab sweep start bench/defaults/width384.sweep.yaml\`, 3e-4 aside; \`bench/results/defaults-sst2.json\`). One accuracy on so many rows
has a standard error of 1.4 points: smaller differences say nothing.${small}

${table(['arm', ...rates], rows)}`;
}

/** Training speed on an encoder, where it was measured beside Hugging Face's Trainer. */
function trainingSpeed(name: string): string {
  const file = speedFiles.find((file) => name in (resultsOf(file) as Speeds).results);
  if (file === undefined) return '';
  const { results, seeds } = resultsOf(file) as Speeds;
  const measured = results[name]!;
  const rows = Object.entries(measured).map(([program, runs]) => [
    program,
    Math.round(shiftedMean(runs.map(({ tokensPerSecond }) => tokensPerSecond))).toLocaleString('en-US'),
  ]);
  const kinds = (maker: string): string =>
    Object.keys(measured)
      .flatMap((program) => (program.startsWith(maker) ? program.split(' ').at(-1)! : []))
      .join(',');
  const contest = `--methods ${Object.keys(results).join(',')} --rows 2000 --seeds ${seeds.join(',')}`;
  const programs = `--ours ${kinds('peft-lab')} --what ${kinds('Trainer')}`;
  return `Training speed on two cores, all-MiniLM-L6-v2, 2,000 rows of SST-2
(\`npm run bench -- --model DIR --data DIR ${contest} ${programs} --out ${file}\`):

${table(['', 'tokens/s'], rows)}`;
}

/** Contests of bench/decoder.ts in which only our prefix reads training tokens first. */
const startsFromTokens: ReadonlySet<string> = new Set(['prefix', 'unified']);

/** Steps on a language model, where they were measured. */
function decoderSteps(name: string): string {
  const { results } = resultsOf('decoder') as DecoderSteps;
  if (!results[name]) return '';
  const rows = Object.entries(results[name]).map(([program, { stepSeconds, peakMiB, loss }]) => [
    program,
    stepSeconds.toFixed(2),
    Math.round(peakMiB).toLocaleString('en-US'),
    loss.toFixed(3),
  ]);
  const starts = startsFromTokens.has(name)
    ? " Hugging Face's prefix starts from small random numbers, ours from training tokens: the losses are of different starts."
    : '';
  return `Steps on SmolLM2-135M, 96 rows of E2E in batches of 8 (\`bench/decoder.ts --quick\`, \`bench/results/decoder.json\`, one run each).${starts}

${table(['', 'seconds a step', 'peak memory, MiB', 'validation loss'], rows)}`;
}

/** What a tuned language model writes, where it was measured: the means of all seeds. */
function writtenTexts(name: string): string {
  const { results, texts, seeds } = resultsOf('e2e') as WrittenTexts;
  const programs = new Map<string, Written[]>();
  for (const seed of seeds) {
    for (const [program, run] of Object.entries(results[`${name}, seed ${seed}`] ?? {}))
      if (run.written) programs.set(program, [...(programs.get(program) ?? []), run]);
  }
  if (programs.size === 0) return '';
  const rows = [...programs].map(([program, runs]) => {
    const mean = (of: (run: Written) => number): number => shiftedMean(runs.map(of));
    return [
      program,
      mean(({ loss }) => loss).toFixed(3),
      percent(mean(({ accuracy }) => accuracy)),
      mean(({ written }) => written!.bleu).toFixed(1),
      (100 * mean(({ written }) => written!.rougeL)).toFixed(1),
    ];
  });
  return `SmolLM2-135M after an epoch of 2,000 rows of E2E, means of ${seeds.length} seeds; it then writes on ${texts} records, judged by all their
references (\`bench/decoder.ts\`, \`bench/results/e2e.json\`, [the four methods beside each other](../languageModel.md#3-which-method)):

${table(['', 'validation loss', 'tokens right', 'BLEU', 'ROUGE-L'], rows)}`;
}

/** What was measured of a method in this project, as Markdown; empty where nothing was. */
export const measuredHere = (name: string): string =>
  [accuracyByRate(name), trainingSpeed(name), decoderSteps(name), writtenTexts(name)].filter(Boolean).join('\n\n');
