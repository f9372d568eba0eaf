/**
 * A trainer with real processes, a real command line and no training: its work is a script of steps that block the
 * event loop as an engine does, and of the ways in which a worker can come to grief.
 */
import '../../extension/processes/keepDebuggerShut.ts';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Operations } from '../../extension/cli/operations.ts';
import { runCli } from '../../extension/cli/runCli.ts';
import { budgetReached, isUsedUp } from '../../extension/contract/budget.ts';
import { adapterFiles, runFiles } from '../../extension/contract/run.ts';
import { upload } from '../../extension/hub/upload.ts';
import type { WorkContext, WorkOutcome } from '../../extension/runs/control/work.ts';
import { hashText } from '../../extension/training/prepare/provenance.ts';
import { checkSweep } from '../../extension/training/prepare/sweepOnDisk.ts';
import { newEstimate } from './newEstimate.ts';
import { newRun } from './newRun.ts';

interface FakeConfig {
  readonly steps?: number;
  readonly stepMs?: number;
  /** What a step says of its memory. */
  readonly memoryBytes?: number;
  /** What happens at the step `at`. */
  readonly fate?:
    | 'hang'
    | 'slow'
    | 'throw'
    | 'exit'
    | 'silence'
    | 'kill'
    | 'segfault'
    | 'flood'
    | 'half-line'
    | 'delete-folder'
    | 'full-disk'
    | 'missing-file'
    | 'unhandled';
  readonly at?: number;
  /** The one seed that meets it; absent: all do. */
  readonly fateOfSeed?: number;
  readonly invalid?: string;
  /** Where it waits for a file `go` in its working folder: while a run is prepared, or at the run's end. */
  readonly awaits?: 'preparing' | 'ending';
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));
/** Blocks the event loop, as a step of an engine does. */
const block = (ms: number): void => void Atomics.wait(sleeper, 0, 0, ms);

async function awaitGo(): Promise<void> {
  while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 5));
  // A signal that was sent before is heard by now.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function work(context: WorkContext): Promise<WorkOutcome> {
  if (process.env.CUDA_VISIBLE_DEVICES !== undefined) console.log(`sees GPU ${process.env.CUDA_VISIBLE_DEVICES}`);
  const { steps = 5, memoryBytes, at = 3, fateOfSeed, awaits, ...config } = context.record.config as FakeConfig;
  let { stepMs = 1 } = config;
  const fate = fateOfSeed === undefined || fateOfSeed === context.record.seed ? config.fate : undefined;
  const checkpointFile = path.join(context.folder, runFiles.last);
  const time = (): string => new Date().toISOString();
  context.emit({
    type: 'hello',
    time: time(),
    version: 1,
    run: context.record.id,
    pid: process.pid,
    codeVersion: '0',
    executor: 'fake',
    device: 'none',
  });
  /** Grows with the seed, and with the learning rate where the config has one. */
  const accuracy = (): number => {
    const rate = Number((context.record.config as Record<string, unknown>)['training.learning_rate'] ?? 0);
    return 0.8 + context.record.seed / 100 + rate;
  };
  let step = 0;
  if (context.resume) {
    step = existsSync(checkpointFile) ? Number(readFileSync(checkpointFile, 'utf8')) : 0;
    context.emit({ type: 'resumed', time: time(), step });
  }
  const checkpoint = (): void => {
    writeFileSync(checkpointFile, String(step));
    context.emit({ type: 'checkpoint', time: time(), step, kind: 'last' });
  };
  while (step < steps) {
    if (await context.mustStop()) {
      checkpoint();
      return { state: 'stopped', step, message: 'stopped on request' };
    }
    block(stepMs);
    step++;
    if (step === at && fate !== undefined && !context.resume) {
      // From here on it is there to be found in the midst of its steps, however busy the machine.
      if (fate === 'slow') stepMs = 500;
      else await suffer(fate, context);
    }
    context.emit({
      type: 'progress',
      time: time(),
      step,
      totalSteps: steps,
      epoch: step / steps,
      loss: 1 / step,
      learningRate: 1e-3,
      gradientNorm: 1,
      tokens: step * 100,
      tokensPerSecond: 100,
      elapsedSeconds: step,
      ...(memoryBytes !== undefined && { memoryBytes }),
    });
    if (step % 2 === 0) checkpoint();
    // An epoch has two steps.
    const done = { step, epoch: step / 2 };
    if (context.until && isUsedUp(context.until, done)) {
      checkpoint();
      context.emit({
        type: 'evaluation',
        time: time(),
        ...done,
        split: 'validation',
        metrics: { accuracy: accuracy() },
      });
      return { state: 'stopped', step, message: budgetReached };
    }
  }
  context.emit({
    type: 'evaluation',
    time: time(),
    step,
    epoch: step / 2,
    split: 'validation',
    metrics: { accuracy: accuracy() },
  });
  if (awaits === 'ending') await awaitGo();
  mkdirSync(path.join(context.folder, runFiles.adapter), { recursive: true });
  for (const name of Object.values(adapterFiles)) {
    writeFileSync(path.join(context.folder, runFiles.adapter, name), '');
  }
  return { state: 'finished', step };
}

async function suffer(fate: Exclude<FakeConfig['fate'], 'slow' | undefined>, context: WorkContext): Promise<void> {
  switch (fate) {
    case 'hang':
      block(Number.POSITIVE_INFINITY);
      return;
    case 'throw':
      throw new Error('training.learning_rate: loss became NaN at step 3; lower it');
    case 'full-disk':
      throw new Error('last.safetensors: cannot be written', {
        cause: Object.assign(new Error('no space left'), { code: 'ENOSPC' }),
      });
    case 'missing-file':
      throw new Error('train.tsv: the file does not exist; check the path', {
        cause: Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' }),
      });
    case 'unhandled':
      setImmediate(() => (undefined as unknown as { read(): void }).read());
      await new Promise(() => {});
      return;
    case 'exit':
      process.stderr.write('engine: cannot allocate\n');
      return process.exit(3);
    case 'silence':
      return process.exit(0);
    case 'kill':
    case 'segfault':
      process.stderr.write('last words\n');
      process.kill(process.pid, fate === 'kill' ? 'SIGKILL' : 'SIGSEGV');
      block(5000);
      return;
    case 'flood':
      for (let line = 0; line < 20_000; line++) process.stderr.write(`${line} ${'x'.repeat(1000)}\n`);
      return;
    case 'half-line':
      appendFileSync(path.join(context.folder, runFiles.journal), '{"type":"progress","st');
      process.kill(process.pid, 'SIGKILL');
      block(5000);
      return;
    case 'delete-folder':
      rmSync(context.folder, { recursive: true });
      return;
  }
}

/** What a config that is right for the real trainer has, too. */
interface WrittenConfig {
  readonly name?: string;
  readonly data?: { readonly train?: string };
}

function trainHash(configPath: string, train: string | undefined): Record<string, string> {
  const file = train && path.join(path.dirname(configPath), train);
  return file && existsSync(file) ? { train: hashText(readFileSync(file, 'utf8')) } : {};
}

const operations: Operations = {
  upload,
  exportAdapterRuns: () => Promise.reject(new Error('no adapters in tests of processes')),
  rowTexts: async () =>
    Array.from({ length: 20 }, (_, row) => ({ line: row + 2, text: `review ${row}`, label: 'good' })),
  tokens: () => Promise.reject(new Error('no tokens in tests of processes')),
  checkSweep,
  async check(configPath) {
    return [
      { file: configPath, line: 2, column: 1, severity: 'error', message: 'modle: unknown key; did you mean model?' },
    ];
  },
  async count(_, methods) {
    return (methods.length > 0 ? methods : ['[ln-tuning]']).map((name) => ({ methods: name, counts: newRun().counts }));
  },
  settleBase: async () => undefined,
  async prepare(configPath, overrides) {
    const written = JSON.parse(readFileSync(configPath, 'utf8')) as FakeConfig & WrittenConfig;
    // In a config that is right for the real trainer, the name holds what this one is to do.
    const config: FakeConfig = written.name?.startsWith('{') ? JSON.parse(written.name) : written;
    if (config.awaits === 'preparing') {
      process.stderr.write('preparing\n');
      await awaitGo();
    }
    const set = Object.fromEntries(overrides.map((override) => override.split('=') as [string, string]));
    if (config.invalid !== undefined) {
      return {
        ok: false,
        problems: [{ file: configPath, line: 1, column: 2, severity: 'error', message: config.invalid }],
      };
    }
    const { 'training.seed': given, methods: _, ...rest } = set;
    const seed = Number(given ?? 0);
    const methods = (set.methods ?? '[ln-tuning]').replace(/^\[(.*)\]$/, '$1').replaceAll('"', '');
    return {
      ok: true,
      run: newRun({
        config: { ...config, ...rest, methods: [{ [methods]: {} }], training: { seed } },
        dataHashes: trainHash(configPath, written.data?.train),
        methods,
        seed,
      }),
      problems: [],
    };
  },
  async estimate(configPath, variants) {
    const config = JSON.parse(readFileSync(configPath, 'utf8')) as FakeConfig;
    return variants.map((overrides) => {
      const methods = overrides.find((override) => override.startsWith('methods='))?.slice('methods='.length);
      if (config.invalid === undefined) {
        return { ok: true, methods: methods ?? '[ln-tuning]', estimate: newEstimate(), problems: [] };
      }
      return {
        ok: false,
        problems: [{ file: configPath, line: 1, column: 2, severity: 'error', message: config.invalid }],
      };
    });
  },
  async calibrate() {},
  openWork: async () => ({ work, close: async () => {} }),
  async evaluate() {
    return {
      trainedOn: 'rows 1 … 2',
      rows: 4,
      seconds: 0.5,
      metrics: { accuracy: 0.75 },
      labels: ['no', 'yes'],
      confusion: [
        [2, 0],
        [1, 1],
      ],
    };
  },
  async scale(_, { scales, data }) {
    const points = scales.map((scale) => ({
      scale,
      metrics: { loss: 0.5, accuracy: 0.9 - Math.abs(scale - 0.9) / 10 },
    }));
    return {
      ...{ rows: 872, file: data ?? '/data/validation.tsv', seconds: 1.5, methods: ['ln-tuning'], kept: ['prefix'] },
      ...{ numbers: 9984, metric: 'accuracy', best: 0.9, points },
    };
  },
  async predict(_, input) {
    if (input.kind === 'file') {
      return { predictions: [], rows: 3, skipped: { count: 1, examples: [`${input.file}:2: must have 2 fields`] } };
    }
    return {
      predictions: [{ text: input.text, label: 'yes', probabilities: { no: 0.25, yes: 0.75 } }],
      rows: 1,
    };
  },
  async generate({ writers, input, onText }) {
    if (input.kind === 'file') return { written: [], rows: 2 };
    const written = writers.map((_, place) => {
      for (const piece of ['one ', `${place}`]) onText?.(place, piece);
      return { text: `one ${place}`, tokens: 2, promptTokens: 3, reason: 'end', seconds: 0.5 } as const;
    });
    return { written, rows: 1 };
  },
  async judgeTexts(_, dataFile) {
    return { texts: 2, notes: ['BLEU tells nothing here'], metrics: { bleu: 12.5 }, file: `${dataFile}.written` };
  },
  async openPromptWriter(writer) {
    const tuned = path.join(writer.run, runFiles.adapter, adapterFiles.tensors);
    return {
      facts: { forms: ['text'], examples: ['an example'] },
      step: writer.kind === 'run' && existsSync(tuned) ? Number(readFileSync(tuned, 'utf8')) : undefined,
      async write(prompt, { maxTokens }, { onRead, onText, signal } = {}) {
        if (prompt === 'fail') throw new Error(`${writer.kind}: cannot be asked this`);
        onRead?.([String(prompt)]);
        let tokens = 0;
        for (; tokens < maxTokens && !signal?.aborted; tokens++) {
          onText?.(`${writer.kind}${tokens} `);
          // What comes in meanwhile is read between tokens.
          await new Promise((resolve) => setImmediate(resolve));
        }
        return { text: '', tokens, promptTokens: 1, reason: signal?.aborted ? 'stopped' : 'length', seconds: 0.5 };
      },
      close: async () => {},
    };
  },
  async openPredictor(folder) {
    return {
      async predict(text) {
        if (text === 'fail') throw new Error(`${folder}: cannot be asked this`);
        return { text, label: 'yes', probabilities: { no: 0.25, yes: 0.75 } };
      },
      close: async () => {},
    };
  },
  async drift(folder) {
    if (existsSync(path.join(folder, 'no-base'))) throw new Error('its base model is elsewhere; bring it here');
    return [
      {
        step: 2,
        columns: ['attention gain', 'attention bias', 'ffn gain', 'ffn bias'],
        layers: [{ layer: 'layer 0', meanAbsoluteChange: [0.5, 0.25, null, null] }],
      },
    ];
  },
  async environment() {
    return {
      version: '0.2.0',
      node: process.version,
      platform: 'linux x64',
      cores: 4,
      memoryBytes: 8e9,
      onnx: { version: '1.0.0', webgpuProblem: null },
      torch: { python: null, device: null, problem: 'executor: torch needs Python; install it' },
    };
  },
  async serveTrials() {},
  async export(_folder, format, out) {
    mkdirSync(out, { recursive: true });
    writeFileSync(path.join(out, 'README.md'), '# Model');
    writeFileSync(path.join(out, 'weights'), 'abc');
    return { files: [path.join(out, format)], verified: 'reloaded: logits differ by at most 0' };
  },
};

process.exitCode = await runCli(process.argv.slice(2), async () => operations);
