import {
  EventEmitter,
  MarkdownString,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
} from 'vscode';
import type { RunRecord } from '../../contract/run.ts';
import { placeInQueue } from '../../runs/control/queue.ts';
import type { RunEntry } from '../../runs/folder/runEntry.ts';
import { formatCount } from '../../view/figures.ts';
import { rowTitle, runTitle } from '../../view/runNames.ts';
import { stateLooks } from '../../view/runState.ts';
import { sweepName } from '../../view/sweepText.ts';
import { type Apart, apartWords, tellApart } from '../../view/tellApart.ts';
import { commandId } from '../commands/ids.ts';
import { asMarkdown } from '../editor/plainText.ts';
import type { RunCatalog } from '../runs/runCatalog.ts';
import type { RunChange, UnreadableRun } from '../runs/runWatch.ts';
import type { SweepCatalog } from '../runs/sweepCatalog.ts';
import type { ExplorerView } from './explorerView.ts';
import { groupRuns, type RunGroup } from './runGroups.ts';
import { markedUri, markWords } from './runMarks.ts';
import { runDescription, runFacts } from './runText.ts';
import { armDescription, armTitle, sweepDescription, sweepLabel, sweepMatches, sweepSentences } from './sweepRows.ts';

interface RunNode {
  readonly kind: 'run';
  readonly folder: string;
}

interface SweepNode {
  readonly kind: 'sweep';
  readonly folder: string;
}

export type ExplorerNode =
  | RunNode
  | SweepNode
  /** One arm of a sweep, by its cell. */
  | { readonly kind: 'arm'; readonly folder: string; readonly cell: number }
  | { readonly kind: 'group'; readonly key: string }
  | { readonly kind: 'more'; readonly group: string; readonly hidden: number }
  | { readonly kind: 'unreadable'; readonly folder: string; readonly problem: string };

/** Rows shown of one group before it is asked for more. */
const page = 200;

/** The run explorer's rows. */
export class RunTree implements TreeDataProvider<ExplorerNode> {
  readonly #catalog: RunCatalog;
  readonly #sweeps: Pick<SweepCatalog, 'sweeps' | 'find'>;
  readonly #view: ExplorerView;
  readonly #changed = new EventEmitter<ExplorerNode | ExplorerNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #shownOf = new Map<string, number>();
  /** The editor knows rows by identity. */
  readonly #nodes = new Map<string, ExplorerNode>();
  /** Descriptions of the rows of runs and sweeps, by folder. */
  readonly #described = new Map<string, string>();
  #groups: readonly RunGroup[] | undefined;
  #apart: ReadonlyMap<RunRecord, Apart> | undefined;

  constructor(catalog: RunCatalog, sweeps: Pick<SweepCatalog, 'sweeps' | 'find'>, view: ExplorerView) {
    this.#catalog = catalog;
    this.#sweeps = sweeps;
    this.#view = view;
  }

  /** Everything may be another: how runs are listed, or which there are. */
  refresh(): void {
    this.#groups = undefined;
    this.#apart = undefined;
    this.#changed.fire(undefined);
  }

  /** Runs came, went or moved on. Where the order stays, only their rows are drawn anew: hovers over others stay open. */
  runsChanged(changes: readonly RunChange[]): void {
    const before = this.#groups;
    const isProgress = changes.every((change) => change.before?.state === change.after?.state && change.after);
    this.#groups = undefined;
    const isRenamed = changes.some((change) => change.before?.notes.name !== change.after?.notes.name);
    const isOther = !isProgress || isRenamed;
    if (isOther) this.#apart = undefined;
    if (before === undefined || isOther || !isSameOrder(before, this.#grouped())) {
      this.#changed.fire(undefined);
      return;
    }
    const texts = new Map(before.map(({ key, description }) => [key, description]));
    const groups = this.#grouped().filter(({ key, description }) => texts.get(key) !== description);
    const shown = [...groups.map(({ key }) => `group ${key}`), ...changes.map(({ folder }) => `run ${folder}`)];
    const nodes = shown.flatMap((id) => this.#nodes.get(id) ?? []);
    if (nodes.length > 0) this.#changed.fire(nodes);
  }

  /** Time went on: rows of what is running may say something else. */
  refreshRunning(): void {
    const stale = [...this.#nodes.values()].filter((node) => {
      const sweep = node.kind === 'sweep' ? this.#sweeps.find(node.folder) : undefined;
      if (sweep?.view?.state === 'running') return sweepDescription(sweep) !== this.#described.get(sweep.folder);
      const entry = node.kind === 'run' ? this.#catalog.find(node.folder) : undefined;
      return entry?.state === 'running' && this.#description(entry) !== this.#described.get(entry.folder);
    });
    if (stale.length > 0) this.#changed.fire(stale);
  }

  showMore(group: string): void {
    this.#shownOf.set(group, (this.#shownOf.get(group) ?? page) + 5 * page);
    this.refresh();
  }

  /** The runs of a group, those not shown yet too. */
  runsOf(group: string): readonly RunEntry[] {
    return this.#grouped().find(({ key }) => key === group)?.runs ?? [];
  }

  node(folder: string): RunNode {
    return this.#keep(`run ${folder}`, { kind: 'run', folder }) as RunNode;
  }

  getChildren(node?: ExplorerNode): ExplorerNode[] {
    if (node === undefined) {
      const groups = this.#grouped();
      const { filter } = this.#view.current;
      const sweeps = this.#sweeps.sweeps
        .filter((sweep) => sweepMatches(sweep, filter))
        .map(({ folder }) => this.#sweepNode(folder));
      const unreadable =
        this.#view.current.filter === '' ? this.#catalog.unreadable.map((run) => this.#foreign(run)) : [];
      if (this.#view.current.grouping === 'none')
        return [...sweeps, ...groups.flatMap(({ key }) => this.#members(key)), ...unreadable];
      return [...sweeps, ...groups.map(({ key }) => this.#keep(`group ${key}`, { kind: 'group', key })), ...unreadable];
    }
    if (node.kind === 'sweep') return this.#arms(node.folder);
    if (node.kind === 'arm') return this.#armRuns(node.folder, node.cell);
    if (node.kind !== 'group') return [];
    return this.#members(node.key);
  }

  getParent(node: ExplorerNode): ExplorerNode | undefined {
    if (node.kind === 'arm') return this.#sweepNode(node.folder);
    if (node.kind !== 'run') return undefined;
    const place = this.#placeInSweep(node.folder);
    if (place !== undefined) return this.#armNode(place.folder, place.cell) ?? this.#sweepNode(place.folder);
    if (this.#view.current.grouping === 'none') return undefined;
    const group = this.#grouped().find(({ runs }) => runs.some((run) => run.folder === node.folder));
    return group && this.#keep(`group ${group.key}`, { kind: 'group', key: group.key });
  }

  getTreeItem(node: ExplorerNode): TreeItem {
    switch (node.kind) {
      case 'group':
        return this.#groupItem(node.key);
      case 'sweep':
        return this.#sweepItem(node.folder);
      case 'arm':
        return this.#armItem(node.folder, node.cell);
      case 'more':
        return moreItem(node.group, node.hidden);
      case 'unreadable':
        return unreadableItem(node);
      case 'run': {
        const entry = this.#catalog.find(node.folder);
        return entry === undefined ? new TreeItem('') : this.#runItem(entry);
      }
    }
  }

  resolveTreeItem(item: TreeItem, node: ExplorerNode): TreeItem {
    const entry = node.kind === 'run' ? this.#catalog.find(node.folder) : undefined;
    if (entry !== undefined) item.tooltip = tooltip(entry);
    const sweep = node.kind === 'sweep' ? this.#sweeps.find(node.folder) : undefined;
    if (sweep !== undefined) item.tooltip = new MarkdownString(sweepSentences(sweep).map(asMarkdown).join('\n\n'));
    return item;
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #grouped(): readonly RunGroup[] {
    this.#groups ??= groupRuns(
      this.#catalog.runs.filter(({ folder }) => this.#placeInSweep(folder) === undefined),
      this.#view.current,
    );
    return this.#groups;
  }

  #members(key: string): ExplorerNode[] {
    const runs = this.runsOf(key);
    const shown = this.#shownOf.get(key) ?? page;
    const nodes: ExplorerNode[] = runs.slice(0, shown).map(({ folder }) => this.node(folder));
    if (runs.length > shown) nodes.push({ kind: 'more', group: key, hidden: runs.length - shown });
    return nodes;
  }

  /** The sweep that a run stands below, and its cell where its plan is known. */
  #placeInSweep(runFolder: string): { readonly folder: string; readonly cell: number | undefined } | undefined {
    const { record } = this.#catalog.find(runFolder) ?? {};
    const sweep =
      record?.sweep && this.#sweeps.sweeps.find(({ runs }) => runs.get(record.sweep!.index)?.folder === runFolder);
    return sweep && { folder: sweep.folder, cell: sweep.view?.runs[record.sweep!.index]?.cell };
  }

  #sweepNode(folder: string): ExplorerNode {
    return this.#keep(`sweep ${folder}`, { kind: 'sweep', folder });
  }

  #armNode(folder: string, cell: number | undefined): ExplorerNode | undefined {
    return cell === undefined ? undefined : this.#keep(`arm ${cell} ${folder}`, { kind: 'arm', folder, cell });
  }

  /** The arms of a sweep; of one that this version cannot lay out, its runs. */
  #arms(folder: string): ExplorerNode[] {
    const { view, runs } = this.#sweeps.find(folder) ?? {};
    if (view !== undefined) return view.cells.flatMap((_, cell) => this.#armNode(folder, cell) ?? []);
    return [...(runs?.values() ?? [])].map((run) => this.node(run.folder));
  }

  /** The runs of an arm that are there, tuning runs first. */
  #armRuns(folder: string, cell: number): ExplorerNode[] {
    const { view, runs } = this.#sweeps.find(folder) ?? {};
    const own = view?.runs.filter((run) => run.cell === cell) ?? [];
    return own.flatMap(({ index }) => runs?.get(index) ?? []).map((run) => this.node(run.folder));
  }

  #sweepItem(folder: string): TreeItem {
    const sweep = this.#sweeps.find(folder);
    if (sweep === undefined) return new TreeItem('');
    const item = new TreeItem(sweepName(sweep.record), TreeItemCollapsibleState.Collapsed);
    const state = sweep.view?.state ?? 'open';
    item.id = `sweep ${folder}`;
    item.description = sweepDescription(sweep);
    this.#described.set(folder, item.description);
    item.iconPath = new ThemeIcon({ running: 'sync~spin', finished: 'beaker', open: 'debug-pause' }[state]);
    item.contextValue = `sweep ${state}`;
    item.accessibilityInformation = { label: sweepLabel(sweep) };
    return item;
  }

  #armItem(folder: string, cell: number): TreeItem {
    const sweep = this.#sweeps.find(folder);
    if (sweep?.view?.cells[cell] === undefined) return new TreeItem('');
    const item = new TreeItem(armTitle(sweep.view, cell), TreeItemCollapsibleState.Collapsed);
    item.id = `arm ${cell} ${folder}`;
    item.description = armDescription(sweep, cell);
    item.contextValue = 'arm';
    return item;
  }

  #keep(id: string, node: ExplorerNode): ExplorerNode {
    const known = this.#nodes.get(id);
    if (known !== undefined) return known;
    this.#nodes.set(id, node);
    return node;
  }

  #foreign({ folder, problem }: UnreadableRun): ExplorerNode {
    const id = `unreadable ${folder} ${problem}`;
    return this.#keep(id, { kind: 'unreadable', folder, problem });
  }

  #groupItem(key: string): TreeItem {
    const group = this.#grouped().find((candidate) => candidate.key === key);
    const item = new TreeItem(key, TreeItemCollapsibleState.Expanded);
    item.id = `group ${this.#view.current.grouping} ${key}`;
    item.description = group?.description ?? '';
    item.contextValue = 'group';
    return item;
  }

  #description(entry: RunEntry): string {
    const place = entry.state === 'queued' ? placeInQueue(entry, this.#catalog.queue) : undefined;
    this.#apart ??= tellApart(this.#catalog.runs, rowTitle);
    return runDescription(entry, place, Date.now(), apartWords(this.#apart.get(entry.record)));
  }

  #runItem(entry: RunEntry): TreeItem {
    const { state, notes, folder } = entry;
    const title = runTitle(entry);
    const item = new TreeItem(rowTitle(entry));
    const look = stateLooks[state];
    const description = this.#description(entry);
    this.#described.set(folder, description);
    item.id = `run ${folder}`;
    item.description = description;
    const icon = state === 'running' ? `${look.icon}~spin` : look.icon;
    item.iconPath = new ThemeIcon(icon, look.color === null ? undefined : new ThemeColor(look.color));
    item.resourceUri = markedUri(folder, notes);
    const marks = markWords(notes);
    item.contextValue = ['run', state, ...marks].join(' ');
    item.accessibilityInformation = { label: [title, state, description, ...marks].join(', ') };
    // Without arguments: those of a row are forgotten when it is drawn anew, and a click at that moment would fail.
    item.command = { command: commandId('showSelectedRun'), title: '' };
    return item;
  }
}

const isSameOrder = (a: readonly RunGroup[], b: readonly RunGroup[]): boolean =>
  a.length === b.length &&
  a.every(({ key, runs }, index) => {
    const other = b[index]!;
    return (
      key === other.key &&
      runs.length === other.runs.length &&
      runs.every(({ folder }, place) => folder === other.runs[place]!.folder)
    );
  });

/** Names, causes and notes come from files: they are shown as text, whatever they hold. */
function tooltip(entry: RunEntry): MarkdownString {
  const text = new MarkdownString('', true);
  for (const { name, value } of runFacts(entry)) {
    text.appendMarkdown(`**${name}**  ${asMarkdown(value)}\n\n`);
  }
  if (['failed', 'died', 'unknown'].includes(entry.state)) {
    const address = encodeURIComponent(JSON.stringify([{ kind: 'run', folder: entry.folder }]));
    text.appendMarkdown(`[$(output) Open Log](command:${commandId('showLog')}?${address})`);
    text.isTrusted = { enabledCommands: [commandId('showLog')] };
  }
  return text;
}

function moreItem(group: string, hidden: number): TreeItem {
  const item = new TreeItem('Show more');
  item.description = `${formatCount(hidden)} not shown`;
  item.id = `more ${group}`;
  item.iconPath = new ThemeIcon('ellipsis');
  item.command = { command: commandId('showMoreRuns'), title: '', arguments: [group] };
  return item;
}

function unreadableItem({ folder, problem }: UnreadableRun): TreeItem {
  const item = new TreeItem(Uri.file(folder));
  item.id = `unreadable ${folder}`;
  item.iconPath = new ThemeIcon('question');
  item.description = problem;
  item.tooltip = `${folder}: ${problem}`;
  item.contextValue = 'run unreadable';
  return item;
}
