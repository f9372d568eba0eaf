import type { RunEstimate } from '../contract/estimate.ts';
import type { JournalEvent } from '../contract/journal.ts';
import type { LayerNormDrift } from '../contract/panel.ts';
import type { BaseIdentity, ControlRequest, ParameterCounts, RunRecord } from '../contract/run.ts';
import type { CutRows } from '../data/rows/cutRows.ts';
import type { TrainerProgram } from '../runs/process/spawn.ts';

/** `key=value` as given to `--set`: `training.epochs=5`, `methods=[prefix, ln-tuning]`. */
export type Override = string;

/** One finding about a config; line and column from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning' | 'information';
  readonly message: string;
}

/** Shows long work with rate and time left; `total` is undefined while it is not known. */
export type ReportProgress = (label: string, done: number, total: number | undefined, unit: string) => void;

/** Everything `run.json` holds but what the run store adds itself. */
export type NewRun = Omit<RunRecord, 'version' | 'id' | 'createdAt'>;

/** A config ready to run, or why it is not; `problems` holds warnings and notes in both cases. */
export type PreparedRun =
  | { readonly ok: true; readonly run: NewRun; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** An estimate, or why there is none. */
export type EstimatedRun =
  | {
      readonly ok: true;
      /** As `--methods` names them. */
      readonly methods: string;
      readonly estimate: RunEstimate;
      readonly problems: readonly Problem[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface EstimateOptions {
  /** Starts the process that measures this machine; without it there must be figures of an earlier time. */
  readonly trainer?: TrainerProgram | undefined;
  /** Whether a hub model that is not here may be downloaded. */
  readonly downloads: boolean;
}

/** What a worker has to talk to the outside with. */
export interface WorkContext {
  readonly folder: string;
  readonly record: RunRecord;
  /** Whether an earlier attempt left a journal: continue from `last.safetensors` and emit `resumed`. */
  readonly resume: boolean;
  /** How to start processes that try a device; without it `device: auto` is the CPU. */
  readonly trainer?: TrainerProgram;
  /**
   * To be asked before anything is written beside the journal.
   * @throws RunError `superseded` when another attempt, on another host perhaps, has taken the run over.
   */
  assertHeld?(): void;
  /**
   * Appends to the journal and keeps `summary.json` fresh. `hello` comes first; `end` is not emitted: it is written
   * from the outcome.
   * @throws JournalError when the run folder cannot be written (disk full, deleted).
   */
  emit(event: Exclude<JournalEvent, { type: 'end' }>): void;
  /**
   * A request not returned before, or undefined; cheap enough to await between all steps. Lets the event loop turn
   * once, so that a supervisor that has gone is noticed: that is a stop request too.
   */
  poll(): Promise<ControlRequest['request'] | undefined>;
}

/** How the work ended; failures are thrown. `message` says why it stopped. */
export interface WorkOutcome {
  readonly state: 'finished' | 'stopped';
  readonly step: number;
  readonly message?: string;
}

export interface CountRow {
  /** As `--methods` names it. */
  readonly methods: string;
  readonly counts: ParameterCounts;
  /** The head that a bare model was counted with; absent where a config says it. */
  readonly assumedHead?: string;
}

/** Bad rows that `data.on_bad_row: skip` left out. */
export interface SkippedRows {
  readonly count: number;
  /** What is wrong with the first few. */
  readonly examples: readonly string[];
}

export interface EvaluationReport {
  readonly rows: number;
  /** Absent where no row was. */
  readonly skipped?: SkippedRows;
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Class names in index order; empty for tasks without classes. */
  readonly labels: readonly string[];
  /** Rows: true class, columns: predicted class. */
  readonly confusion?: readonly (readonly number[])[];
  /** Rows that were cut to `data.max_length`, where there are any. */
  readonly cut?: CutRows & { readonly maxLength: number; readonly judgesWords: boolean };
  /** File with the rows that were got wrong. */
  readonly misclassifiedFile?: string;
}

export interface Prediction {
  readonly text: string;
  readonly textPair?: string;
  /** Class name, or the number for regression. */
  readonly label?: string | number;
  readonly probabilities?: Readonly<Record<string, number>>;
  /** One label per word for token classification; `unread` marks words that the model cannot read, which count as outside. */
  readonly tokens?: readonly { readonly text: string; readonly label: string; readonly unread?: true }[];
  /** Present where the text was too long for `data.max_length`: how many of its tokens the model read. */
  readonly cut?: { readonly read: number; readonly of: number };
}

/** What came of a question: its answers or, for a file, how many rows have theirs in the file of predictions. */
export interface PredictionResult {
  /** Empty for a file. */
  readonly predictions: readonly Prediction[];
  readonly rows: number;
  /** Rows without an answer; each has a line that says why. */
  readonly skipped?: SkippedRows;
}

export type PredictionInput =
  | { readonly kind: 'text'; readonly text: string; readonly textPair?: string }
  | { readonly kind: 'file'; readonly file: string; readonly out: string };

/** A tuned model that stays open between questions. */
export interface Predictor {
  predict(text: string, textPair?: string): Promise<Prediction>;
  close(): Promise<void>;
}

/** About a tuned model's base. */
export interface BaseOptions {
  /** Whether another model than the one it was trained on will do. */
  readonly allowOtherBase?: boolean | undefined;
}

/** What training can use on this machine, and what is missing. */
export interface EnvironmentFacts {
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly onnx: {
    readonly version: string;
    /** What WebGPU lacks here and how to get it; null where it computes. */
    readonly webgpuProblem: string | null;
  };
  readonly torch: {
    /** Which Python, and where it was found; null where there is none. */
    readonly python: string | null;
    /** The device that it would take; null where torch cannot be used. */
    readonly device: string | null;
    /** What is missing and how to get it. */
    readonly problem: string | null;
  };
}

export const exportFormats = ['peft', 'merged', 'onnx', 'native'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface ExportReport {
  readonly files: readonly string[];
  /** What was reloaded and compared, and how close it came, in one sentence. */
  readonly verified: string;
}

/** All that the command line needs of the training program; loaded only by the commands that use it. */
export interface Operations {
  check(configPath: string, overrides: readonly Override[]): Promise<readonly Problem[]>;
  /** From sizes alone: weights are not needed. `methods` is one entry each; empty: the config's, or all for a model. */
  count(configOrModel: string, methods: readonly string[]): Promise<readonly CountRow[]>;
  /**
   * What a run would need in each variant, before anything is trained; measures this machine first where that was never
   * done.
   */
  estimate(
    configPath: string,
    variants: readonly (readonly Override[])[],
    options: EstimateOptions,
    report: ReportProgress,
  ): Promise<readonly EstimatedRun[]>;
  /** Measures this machine; called in a process of its own. */
  calibrate(threads: number, tell: (line: object) => void): Promise<void>;
  prepare(configPath: string, overrides: readonly Override[], report: ReportProgress): Promise<PreparedRun>;
  /**
   * Makes sure that a run can go on with its base model, before it is touched; returns the model that it goes on with
   * from now on, where another one is allowed.
   */
  settleBase(runFolder: string, allowOther: boolean, report: ReportProgress): Promise<BaseIdentity | undefined>;
  /** Trains (or goes on training) the run; called in the worker process. */
  work(context: WorkContext): Promise<WorkOutcome>;
  evaluate(
    runFolder: string,
    dataFile: string,
    report: ReportProgress,
    options?: BaseOptions,
  ): Promise<EvaluationReport>;
  /** For a file, predictions are written to `out`, one line for each row. */
  predict(
    runFolder: string,
    input: PredictionInput,
    report: ReportProgress,
    options?: BaseOptions,
  ): Promise<PredictionResult>;
  openPredictor(runFolder: string, report: ReportProgress, options?: BaseOptions): Promise<Predictor>;
  /** How far gains and biases moved, checkpoint by checkpoint. */
  drift(runFolder: string, report: ReportProgress): Promise<readonly LayerNormDrift[]>;
  environment(folder: string, python: string | null): Promise<EnvironmentFacts>;
  /** Answers a worker that wants to try a device, until it is gone. */
  serveTrials(): Promise<void>;
  export(
    runFolder: string,
    format: ExportFormat,
    out: string,
    report: ReportProgress,
    options?: BaseOptions,
  ): Promise<ExportReport>;
}

/** Imports the operations when they are first needed, so that `peft-lab runs` starts without an engine. */
export type LoadOperations = () => Promise<Operations>;
