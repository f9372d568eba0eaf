import { isDeepStrictEqual } from 'node:util';
import type { Environment } from '../../config/checks/environment.ts';
import { describeRun, type RunDescription } from '../../config/editor/describeRun.ts';
import type {
  ForeignRun,
  HostMessage,
  HostMessageInput,
  RunDrift,
  RunSnapshot,
  TensorChange,
} from '../../contract/panel.ts';
import type { RunSelection } from '../../contract/run.ts';
import type { SweepView } from '../../contract/sweepView.ts';
import { messageOf } from '../../problems/messageOf.ts';
import { placeInQueue } from '../../runs/control/queue.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { readSelection } from '../../runs/folder/selection.ts';
import { seedGroupOf } from '../../view/seedGroup.ts';
import { emptySeries } from '../../view/series.ts';
import { modelOfRun } from '../runs/modelOfRun.ts';
import type { RunChange, UnreadableRun } from '../runs/runWatch.ts';
import { runMessage, snapshotMessage } from './hostMessages.ts';
import { Outbox } from './outbox.ts';
import { RunStory } from './runStory.ts';
import { SideReader } from './sideReader.ts';

/** The sources of the feed. */
interface RunSource {
  readonly runs: readonly RunEntry[];
  readonly unreadable: readonly UnreadableRun[];
  readonly queue: readonly RunEntry[];
  /** Resolves when all runs have been read once. */
  whenLoaded(): Promise<void>;
  find(folder: string): RunEntry | undefined;
  withId(id: string): RunEntry | undefined;
}

export interface DashboardFeedOptions {
  /** Starts a process. */
  readonly driftOf: (run: RunEntry, signal: AbortSignal) => Promise<readonly TensorChange[]>;
  /** Starts a process. @throws what is told in the sweep's place */
  readonly sweepOf: (id: string, signal: AbortSignal) => Promise<SweepView>;
  /** Whether anyone is at a sweep, though no run may be under way. */
  readonly isDriven: (sweep: string) => boolean;
  readonly onError: (error: unknown) => void;
  readonly source: RunSource;
  readonly post: (message: HostMessageInput) => void;
  /** Models' sizes as configs of a folder see them. */
  readonly worldOf: (folder: string) => Promise<Environment>;
}

/** A sweep that is looked at, with its runs as they are now. */
interface LookedSweep {
  readonly id: string;
  readonly runs: readonly RunEntry[];
  readonly isDriven: boolean;
}

/** Runs told of at most, the newest first: a page with more lists is of no use. */
const mostRuns = 300;
/** Journals kept in memory though nobody looks at them any more. */
const mostIdleStories = 12;

/**
 * Feeds the dashboard's page: all runs without curves when it is ready, then the changes. Curves are read when
 * somebody looks at a run, one journal at a time and the shortest first, and followed while somebody looks.
 */
export class DashboardFeed {
  readonly #options: DashboardFeedOptions;
  readonly #outbox: Outbox;
  readonly #drift: SideReader<RunEntry, readonly TensorChange[]>;
  readonly #sweep: SideReader<LookedSweep, SweepView>;
  readonly #stories = new Map<string, RunStory>();
  readonly #told = new Set<string>();
  readonly #descriptions = new Map<string, RunDescription>();
  readonly #drifts = new Map<string, RunDrift>();
  #foreign: ForeignRun[] = [];
  #untold = 0;
  #looked: readonly string[] = [];
  #active: string | null = null;
  #lookedSweep: string | null = null;
  #reading: Promise<void> | undefined;
  /** Which life of the page an answer is for. */
  #life = 0;
  #isReady = false;

  constructor(options: DashboardFeedOptions) {
    this.#options = options;
    this.#outbox = new Outbox({ post: options.post, snapshot: (folder) => this.#now(folder) });
    this.#drift = new SideReader({
      read: options.driftOf,
      keyOf: ({ folder }) => folder,
      // Changes with every checkpoint that drift is read from.
      stampOf: ({ state, summary }) => `${state} ${summary.best?.step ?? ''}`,
      isLive: ({ state }) => state === 'running',
      onRead: ({ folder }, drift) => {
        if (drift.length > 0) this.#drifted(folder, { drift: [...drift] });
        return true;
      },
      onError: (error, { folder }) => {
        const { drift = [] } = this.#drifts.get(folder) ?? {};
        this.#drifted(folder, { drift, driftProblem: messageOf(error) });
        options.onError(error);
      },
      restFactor: 10,
    });
    this.#sweep = new SideReader({
      read: ({ id }, signal) => options.sweepOf(id, signal),
      keyOf: ({ id }) => id,
      stampOf: ({ runs, isDriven }) =>
        [isDriven, ...runs.map(({ id, state, summary }) => `${id} ${state} ${summary.metricsStep ?? ''}`)].join(),
      isLive: ({ runs }) => runs.some(({ state }) => state === 'running'),
      // Told by its id, whatever is looked at by then.
      onRead: (_, sweep) => this.#tell({ type: 'sweep', sweep }),
      onError: (error, { id }) => {
        this.#tell({ type: 'noSweep', sweep: id, problem: messageOf(error) });
        options.onError(error);
      },
      restFactor: 4,
    });
  }

  /** Whether the page has been told of the runs, and is there. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /**
   * The page has (re)loaded: it is told of the newest runs, and then says which ones it looks at.
   * @param chosen ids of runs that it is told of however old they are
   */
  async ready(chosen: readonly string[] = []): Promise<void> {
    this.pause();
    const life = this.#life;
    // The page forgets what it had chosen of runs that it is not told of.
    await this.#options.source.whenLoaded();
    if (life !== this.#life) return;
    for (const run of this.#newest(chosen)) {
      await this.#describe(run);
      if (life !== this.#life) return;
    }
    // From here on nothing waits: what changes later is told as a change, what changed until now is in the snapshot.
    const runs = this.#newest(chosen);
    this.#foreign = this.#options.source.unreadable.map(({ folder, problem }) => ({ id: folder, reason: problem }));
    const described = runs.filter(({ folder }) => this.#descriptions.has(folder));
    this.#options.post(
      snapshotMessage(
        described.map((run) => this.#snapshot(run, false)),
        this.#foreign,
      ),
    );
    for (const { folder } of described) this.#told.add(folder);
    this.#isReady = true;
    this.#outbox.open();
    for (const run of runs) if (!this.#told.has(run.folder)) void this.#add(run).catch(this.#options.onError);
    this.#tellUntold();
  }

  /** Nobody sees the page: nothing is read or sent before it is ready again. */
  pause(): void {
    this.#life += 1;
    this.#isReady = false;
    this.#outbox.hold();
    this.#told.clear();
    this.#untold = 0;
    this.look([], null);
    this.#sweep.forget();
    this.lookAtSweep(null);
  }

  close(): void {
    this.pause();
    this.#stories.clear();
    this.#drift.close();
    this.#sweep.close();
  }

  /** Somebody looks at these runs (ids): their curves are needed, and the drift of the active one. */
  look(shown: readonly string[], active: string | null): void {
    const { source } = this.#options;
    const folders = new Set([...shown, ...(active === null ? [] : [active])].map((id) => source.withId(id)?.folder));
    this.#looked = [...folders].filter((folder) => folder !== undefined);
    this.#active = active;
    this.#rest();
    this.#drift.want(active === null ? undefined : source.withId(active));
    this.#reading ??= this.#readLooked().finally(() => {
      this.#reading = undefined;
    });
  }

  /** What could not be read before may be readable now. */
  lookAgain(): void {
    this.#drift.forget();
    this.#drift.want(this.#active === null ? undefined : this.#options.source.withId(this.#active));
    this.#sweep.forget();
    this.lookAtSweep(this.#lookedSweep);
  }

  /** Somebody looks at a sweep: it is told, and told again when its runs move, or someone begins or ceases to drive it. */
  lookAtSweep(id: string | null): void {
    this.#lookedSweep = id;
    const runs = this.#options.source.runs.filter(({ record }) => id !== null && record.sweep?.id === id);
    this.#sweep.want(id === null ? undefined : { id, runs, isDriven: this.#options.isDriven(id) });
  }

  /** Whether somebody who sees the page sees this run: it is in front, or one of the curves. */
  shows({ folder }: RunEntry): boolean {
    return this.#isReady && this.#looked.includes(folder);
  }

  /** The user asks for runs from elsewhere. */
  async show(message: Extract<HostMessage, { type: 'show' }>): Promise<void> {
    for (const id of message.runs) {
      const run = this.#options.source.withId(id);
      if (run !== undefined) await this.#add(run);
    }
    this.#options.post(message);
  }

  /** The page has drawn what it was sent. */
  taken(mark: number): void {
    this.#outbox.taken(mark);
  }

  runsChanged(changes: readonly RunChange[]): void {
    if (!this.#isReady) return;
    for (const { folder, before, after } of changes) {
      if (after === undefined) this.#remove(folder, before);
      else if (this.#told.has(folder)) void this.#moved(after).catch(this.#options.onError);
      else if (this.#isNew(after)) void this.#add(after).catch(this.#options.onError);
    }
    const ofSweep = ({ before, after }: RunChange): boolean =>
      (after ?? before)?.record.sweep?.id === this.#lookedSweep;
    if (this.#lookedSweep !== null && changes.some(ofSweep)) this.lookAtSweep(this.#lookedSweep);
    for (const { folder } of this.#options.source.queue) if (this.#told.has(folder)) this.#outbox.changed(folder);
    this.#tellForeign();
    this.#tellUntold();
  }

  #tellForeign(): void {
    const foreign = this.#options.source.unreadable.map(({ folder, problem }) => ({ id: folder, reason: problem }));
    if (isDeepStrictEqual(foreign, this.#foreign)) return;
    this.#foreign = foreign;
    this.#options.post({ type: 'foreign', foreign });
  }

  #tellUntold(): void {
    const count = Math.max(0, this.#options.source.runs.length - this.#told.size);
    if (count !== this.#untold) this.#options.post({ type: 'untold', count });
    this.#untold = count;
  }

  sweepsChanged(): void {
    this.lookAtSweep(this.#lookedSweep);
  }

  /** @returns whether a page was there to be told */
  #tell(message: HostMessageInput): boolean {
    if (this.#isReady) this.#options.post(message);
    return this.#isReady;
  }

  #newest(chosen: readonly string[]): readonly RunEntry[] {
    const runs = [...this.#options.source.runs].sort((a, b) => (a.id < b.id ? 1 : -1));
    const ids = new Set(chosen);
    return runs.filter(({ id }, index) => index < mostRuns || ids.has(id));
  }

  /** Whether a run that the page does not know belongs there: old ones are read after new ones, and are many. */
  #isNew({ id }: RunEntry): boolean {
    if (this.#told.size < mostRuns) return true;
    const { source } = this.#options;
    return [...this.#told].every((folder) => (source.find(folder)?.id ?? '') < id);
  }

  async #add(run: RunEntry): Promise<void> {
    const life = this.#life;
    await this.#describe(run);
    const now = this.#options.source.find(run.folder);
    if (life !== this.#life || !this.#isReady || now === undefined || this.#told.has(run.folder)) return;
    this.#told.add(run.folder);
    this.#options.post(runMessage(this.#snapshot(now, false)));
    this.#tellUntold();
  }

  async #moved(run: RunEntry): Promise<void> {
    // The journal comes first: a run must not be over before its last point is drawn.
    const story = this.#stories.get(run.folder);
    if (story?.isRead) await story.catchUp();
    if (!this.#told.has(run.folder)) return;
    if (this.#descriptions.get(run.folder)?.isPending) await this.#describeChosen(run);
    this.#outbox.changed(run.folder);
    if (run.id === this.#active) this.#drift.want(run);
  }

  #remove(folder: string, before: RunEntry | undefined): void {
    this.#stories.get(folder)?.pause();
    this.#stories.delete(folder);
    this.#drifts.delete(folder);
    if (this.#told.delete(folder) && before !== undefined) this.#outbox.removed(folder, before.id);
  }

  /** Journals that nobody looks at are followed no longer, and forgotten when they become many. */
  #rest(): void {
    const idle = [...this.#stories].filter(([folder]) => !this.#looked.includes(folder));
    for (const [, story] of idle) story.pause();
    for (const [folder] of idle.slice(0, Math.max(0, idle.length - mostIdleStories))) this.#stories.delete(folder);
  }

  async #readLooked(): Promise<void> {
    for (;;) {
      const waiting = this.#looked
        .filter((folder) => !this.#stories.get(folder)?.isFollowed)
        .flatMap((folder) => this.#options.source.find(folder) ?? [])
        .sort((a, b) => a.summary.journalBytes - b.summary.journalBytes);
      const [run] = waiting;
      if (run === undefined) return;
      const story = this.#stories.get(run.folder) ?? this.#newStory(run.folder);
      // Last looked at, last forgotten.
      this.#stories.delete(run.folder);
      this.#stories.set(run.folder, story);
      await story.follow();
      if (story.isFollowed && this.#stories.get(run.folder) === story) this.#outbox.whole(run.folder);
    }
  }

  #newStory(folder: string): RunStory {
    return new RunStory(folder, {
      onEvents: (events) => this.#outbox.append(folder, events),
      onReset: () => this.#outbox.whole(folder),
      onError: this.#options.onError,
    });
  }

  /** A told run as it is now. */
  #now(folder: string): RunSnapshot | undefined {
    const run = this.#told.has(folder) ? this.#options.source.find(folder) : undefined;
    return run && this.#snapshot(run, true);
  }

  #snapshot(run: RunEntry, hasCurves: boolean): RunSnapshot {
    const { folder, record, state, message, summary, notes } = run;
    const { changed, tensors } = this.#descriptions.get(folder)!;
    const story = hasCurves ? this.#stories.get(folder) : undefined;
    return {
      record,
      state,
      message,
      summary,
      notes,
      queuePosition: this.#place(run),
      ...(this.#drifts.get(folder) ?? { drift: [] }),
      changed: [...changed],
      seedGroup: seedGroupOf(record),
      tensors: [...tensors],
      isRead: story?.isRead ?? false,
      series: story?.isRead ? story.series : emptySeries(),
    };
  }

  #drifted(folder: string, drift: RunDrift): void {
    // The snapshot of a page that comes later has it.
    this.#drifts.set(folder, drift);
    if (this.#told.has(folder)) this.#outbox.drift(folder, drift);
  }

  /** 1 for the next to start. */
  #place(run: RunEntry): number | null {
    return placeInQueue(run, this.#options.source.queue) ?? null;
  }

  async #describe({ folder, record }: RunEntry): Promise<void> {
    if (this.#descriptions.has(folder)) return;
    const model = await modelOfRun(record, this.#options.worldOf);
    const dimensions = model.kind === 'known' ? model.dimensions : undefined;
    this.#descriptions.set(folder, describeRun(record, dimensions, this.#selectionOf(folder)));
  }

  /** Tells which tensors a run tunes, once it has chosen them. */
  async #describeChosen(run: RunEntry): Promise<void> {
    if (this.#selectionOf(run.folder) === undefined) return;
    this.#descriptions.delete(run.folder);
    await this.#describe(run);
    this.#outbox.whole(run.folder);
  }

  #selectionOf(folder: string): RunSelection | undefined {
    try {
      return readSelection(folder);
    } catch (error) {
      this.#options.onError(error);
      return undefined;
    }
  }
}
