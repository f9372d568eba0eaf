import { describeRun, type RunDescription } from '../../config/describeRun.ts';
import type { Environment } from '../../config/environment.ts';
import {
  appendMessage,
  type HostMessageInput,
  type LayerNormDrift,
  type RunSnapshot,
  runMessage,
  snapshotMessage,
} from '../../contract/panel.ts';
import { emptySeries } from '../../contract/series.ts';
import type { RunEntry } from '../../runs/runEntry.ts';
import type { RunChange, UnreadableRun } from '../runs/runWatch.ts';
import { RunStory } from './runStory.ts';

/** What the feed takes runs from. */
export interface RunSource {
  readonly runs: readonly RunEntry[];
  readonly unreadable: readonly UnreadableRun[];
  readonly queue: readonly RunEntry[];
  find(folder: string): RunEntry | undefined;
  withId(id: string): RunEntry | undefined;
}

export interface DashboardFeedOptions {
  readonly source: RunSource;
  readonly post: (message: HostMessageInput) => void;
  readonly onError: (error: unknown) => void;
  /** Models' sizes as configs of a folder see them. */
  readonly worldOf: (folder: string) => Promise<Environment>;
  /** How far gains and biases moved, from the run's checkpoints. */
  readonly driftOf: (run: RunEntry) => Promise<readonly LayerNormDrift[]>;
}

/** Runs told of at most, the newest first: a page with more lists is of no use. */
const mostRuns = 300;
/** Runs whose curves are sent without being asked for. */
const ownCurves = 12;

/**
 * What the dashboard's page is told: a snapshot when it is ready, then what changes. Curves of a run are read when
 * somebody looks at it, and followed while it is not over.
 */
export class DashboardFeed {
  readonly #options: DashboardFeedOptions;
  readonly #stories = new Map<string, RunStory>();
  readonly #told = new Set<string>();
  readonly #descriptions = new Map<string, RunDescription>();
  readonly #drifts = new Map<string, readonly LayerNormDrift[]>();
  #isReady = false;

  constructor(options: DashboardFeedOptions) {
    this.#options = options;
  }

  /** The page has (re)loaded. @param shown ids of the runs that it opens with */
  async ready(shown: readonly string[]): Promise<void> {
    const { source, post } = this.#options;
    const newest = [...source.runs].sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, mostRuns);
    const wanted = newest.filter(
      (run, index) => index < ownCurves || shown.includes(run.id) || run.state === 'running',
    );
    await Promise.all(wanted.map((run) => this.#open(run)));
    const snapshots = await Promise.all(newest.map((run) => this.#snapshot(run)));
    this.#told.clear();
    for (const { folder } of newest) this.#told.add(folder);
    this.#isReady = true;
    const foreign = source.unreadable.map(({ folder, problem }) => ({ id: folder, reason: problem }));
    post(snapshotMessage(snapshots, foreign));
    for (const run of wanted) void this.#sendDrift(run);
  }

  /** Somebody looks at these runs: their curves are needed. */
  async look(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const run = this.#options.source.withId(id);
      if (run === undefined || this.#stories.has(run.folder)) continue;
      await this.#open(run);
      await this.#send(run);
      void this.#sendDrift(run);
    }
  }

  async runsChanged(changes: readonly RunChange[]): Promise<void> {
    if (!this.#isReady) return;
    for (const { folder, before, after } of changes) {
      if (after === undefined) this.#remove(folder, before);
      else if (!this.#told.has(folder)) {
        this.#told.add(folder);
        await this.#open(after);
        await this.#send(after);
      } else await this.#update(after, before);
    }
    this.#tellQueue();
  }

  close(): void {
    for (const story of this.#stories.values()) story.close();
    this.#stories.clear();
    this.#isReady = false;
  }

  async #open(run: RunEntry): Promise<void> {
    const { folder, id } = run;
    if (this.#stories.has(folder)) return;
    const story = new RunStory(folder, {
      onEvents: (events) => {
        if (this.#isReady) this.#options.post(appendMessage(id, events));
      },
      onReset: () => void this.#send(run),
      onError: this.#options.onError,
    });
    this.#stories.set(folder, story);
    await story.read();
    story.follow();
  }

  async #update(run: RunEntry, before: RunEntry | undefined): Promise<void> {
    // What the journal holds comes first: a run must not be over before its last point is drawn.
    await this.#stories.get(run.folder)?.read();
    const { state, summary, notes } = run;
    this.#options.post({
      type: 'update',
      run: run.id,
      change: { state, summary, notes, queuePosition: this.#place(run) },
    });
    const isNews = before?.summary.best?.step !== summary.best?.step || before?.state !== state;
    if (isNews && this.#stories.has(run.folder)) {
      this.#drifts.delete(run.folder);
      void this.#sendDrift(run);
    }
  }

  #remove(folder: string, before: RunEntry | undefined): void {
    this.#stories.get(folder)?.close();
    this.#stories.delete(folder);
    this.#told.delete(folder);
    this.#drifts.delete(folder);
    if (before !== undefined) this.#options.post({ type: 'removed', run: before.id });
  }

  #tellQueue(): void {
    for (const [index, { folder, id }] of this.#options.source.queue.entries()) {
      if (!this.#told.has(folder)) continue;
      this.#options.post({ type: 'update', run: id, change: { queuePosition: index + 1 } });
    }
  }

  async #send(run: RunEntry): Promise<void> {
    this.#options.post(runMessage(await this.#snapshot(run)));
  }

  async #sendDrift(run: RunEntry): Promise<void> {
    try {
      const drift = await this.#options.driftOf(run);
      this.#drifts.set(run.folder, drift);
      if (this.#isReady && drift.length > 0) {
        this.#options.post({ type: 'update', run: run.id, change: { drift: [...drift] } });
      }
    } catch (error) {
      this.#options.onError(error);
    }
  }

  async #snapshot(run: RunEntry): Promise<RunSnapshot> {
    const { folder, record, state, summary, notes } = run;
    const { changed, seedGroup, tensors } = await this.#describe(run);
    return {
      record,
      state,
      summary,
      notes,
      queuePosition: this.#place(run),
      drift: [...(this.#drifts.get(folder) ?? [])],
      changed: [...changed],
      seedGroup,
      tensors: [...tensors],
      series: this.#stories.get(folder)?.series ?? emptySeries(),
    };
  }

  /** 1 for the next to start. */
  #place({ folder, state }: RunEntry): number | null {
    if (state !== 'queued') return null;
    const index = this.#options.source.queue.findIndex((queued) => queued.folder === folder);
    return index === -1 ? null : index + 1;
  }

  async #describe({ folder, record }: RunEntry): Promise<RunDescription> {
    const known = this.#descriptions.get(folder);
    if (known !== undefined) return known;
    const { revision } = record.config;
    const world = await this.#options.worldOf(record.baseFolder);
    const facts = await world.model(record.model, typeof revision === 'string' ? revision : null);
    const description = describeRun(record, facts.kind === 'known' ? facts.dimensions : undefined);
    this.#descriptions.set(folder, description);
    return description;
  }
}
