import { commands, type ExtensionContext, window, workspace } from 'vscode';
import { isUnderWay } from '../view/runState.ts';
import type { CommandName } from './commands/commandTable.ts';
import { commandId, dashboardType, runsViewId } from './commands/ids.ts';
import { once } from './editor/once.ts';
import type { Services } from './editor/services.ts';
import { ExplorerView } from './explorer/explorerView.ts';
import { runMarks } from './explorer/runMarks.ts';
import { RunTree } from './explorer/runTree.ts';
import type { RunDesk } from './runDesk.ts';
import { RunEnds } from './runEnds.ts';
import { tellEnds } from './runNotices.ts';
import { RunStatus } from './runStatus.ts';
import { type CatalogChange, RunCatalog } from './runs/runCatalog.ts';
import type { RunChange } from './runs/runWatch.ts';
import { SweepCatalog } from './runs/sweepCatalog.ts';
import { missingFile } from './trainer/missingFile.ts';

/** Times that pass show in rows and status bar, without any run having changed. */
const clockMs = 1000;

/**
 * Makes runs visible and startable: explorer, status bar, notices, and all else (`RunDesk`) when it is first asked for.
 * Returns what tells the needs of a config's run, and of a sweep.
 */
export function registerRuns(
  context: ExtensionContext,
  services: Services,
): Pick<RunDesk, 'estimateRun' | 'estimateSweep'> {
  const { reporter } = services;
  const catalog = new RunCatalog(reporter.note, reporter.showOnce);
  const view = new ExplorerView(context.workspaceState);
  const sweeps = new SweepCatalog(catalog, reporter.note);
  const tree = new RunTree(catalog, sweeps, view);
  const treeView = window.createTreeView(runsViewId, {
    treeDataProvider: tree,
    canSelectMany: true,
    showCollapseAll: true,
  });
  const status = new RunStatus(catalog, sweeps);
  let opened: RunDesk | undefined;
  const desk = once(async () => {
    const { openRunDesk } = await import('./runDesk.ts');
    opened = openRunDesk(context, services, { catalog, sweeps, view, tree, treeView });
    return opened;
  });
  const ends = new RunEnds();
  const drainQueue = async (): Promise<void> => {
    if (catalog.queue.length > 0) await (await desk()).starter.drainQueue().catch(reporter.showOnce);
  };
  const later = (act: (open: RunDesk) => unknown): void => void reporter.attempt(async () => act(await desk()));
  const tellEnded = (changes: readonly RunChange[]): void => {
    for (const ended of ends.after(changes, catalog.runs, sweeps.sweeps)) {
      tellEnds(ended, {
        openDashboard: (runs, on) => later(({ dashboard }) => dashboard.show(runs, on)),
        openLog: (run) => later(({ runs }) => runs.showLog(run)),
        openSweep: (id) => later(({ dashboard }) => dashboard.showSweep(id)),
        sweepOf: (id) => sweeps.sweeps.find(({ record }) => record.id === id),
        resume: (run) => later(({ starter }) => starter.resume([run])),
        isWatched: (run) => opened?.dashboard.shows(run) === true,
      });
    }
  };
  const showChanges = ({ changes, first }: CatalogChange): void => {
    tree.runsChanged(changes);
    status.refresh();
    tellEditor(catalog, sweeps);
    if (!first) tellEnded(changes);
    // A run that ended makes room, and runs wait that another window queued and left.
    void drainQueue().catch(reporter.note);
  };
  const clock = setInterval(() => {
    const isRunning = ({ state }: { readonly state?: string }): boolean => state === 'running';
    if (!catalog.runs.some(isRunning) && !sweeps.sweeps.some(({ view }) => isRunning(view ?? {}))) return;
    status.refresh();
    if (treeView.visible) tree.refreshRunning();
  }, clockMs);

  context.subscriptions.push(
    catalog,
    sweeps,
    sweeps.onDidChange(() => {
      tree.refresh();
      status.refresh();
      tellEditor(catalog, sweeps);
      // Ends that were held while a sweep went on.
      tellEnded([]);
    }),
    tree,
    treeView,
    window.registerFileDecorationProvider(runMarks),
    status,
    { dispose: () => clearInterval(clock) },
    catalog.onDidChange(showChanges),
    workspace.onDidGrantWorkspaceTrust(() => void drainQueue().catch(reporter.note)),
    window.registerWebviewPanelSerializer(dashboardType, {
      deserializeWebviewPanel: async (panel) => (await desk()).dashboard.adopt(panel),
    }),
    ...declaredCommands(context).map((name) =>
      commands.registerCommand(commandId(name), (...args: unknown[]) =>
        reporter.attempt(async () => await (await desk()).actions[name](...args)),
      ),
    ),
  );
  setContext('peftLab.incomplete', missingFile(context.extensionPath, process) !== undefined);
  tellEditor(catalog, sweeps);
  return {
    estimateRun: async (file) => (await desk()).estimateRun(file),
    estimateSweep: async (file) => (await desk()).estimateSweep(file),
  };
}

/** The manifest is made from the table of commands, which a window need not read. */
function declaredCommands({ extension }: ExtensionContext): readonly CommandName[] {
  const { contributes } = extension.packageJSON as {
    readonly contributes: { readonly commands: { command: string }[] };
  };
  return contributes.commands.map(({ command }) => command.slice('peftLab.'.length) as CommandName);
}

const setContext = (key: string, value: boolean): void => void commands.executeCommand('setContext', key, value);

/** The context keys of menus and palette. */
function tellEditor({ runs, loaded }: RunCatalog, { sweeps }: SweepCatalog): void {
  setContext('peftLab.loaded', loaded);
  setContext('peftLab.hasRuns', runs.length > 0);
  setContext('peftLab.hasSweeps', sweeps.length > 0);
  setContext('peftLab.hasRunning', runs.some(isUnderWay));
}
