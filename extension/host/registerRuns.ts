import { commands, type ExtensionContext, Uri, window, workspace } from 'vscode';
import type { Environment } from '../config/environment.ts';
import type { RunAction } from '../contract/panel.ts';
import type { RunEntry } from '../runs/runEntry.ts';
import { NoteActions } from './actions/noteActions.ts';
import { RunPicker } from './actions/pickRuns.ts';
import { RunActions } from './actions/runActions.ts';
import { ViewActions } from './actions/viewActions.ts';
import { commandActions } from './commands/commandActions.ts';
import { type CommandName, commandId } from './commands/commandTable.ts';
import { runsViewId } from './commands/contributions.ts';
import { Dashboard } from './dashboard/dashboardPanel.ts';
import { ExplorerView } from './explorer/explorerView.ts';
import { RunTree } from './explorer/runTree.ts';
import type { ConfigLanguage } from './language/registerConfigLanguage.ts';
import { hasTrust, type Reporter } from './report.ts';
import { noticeEnds } from './runNotices.ts';
import { RunStatus } from './runStatus.ts';
import { type CatalogChange, RunCatalog } from './runs/runCatalog.ts';
import { readSettings } from './settings.ts';
import type { DataPreview } from './start/newExperiment.ts';
import { RunStarter } from './start/runStarter.ts';
import { settingOverrides } from './start/settingOverrides.ts';
import { type EstimateOptions, estimateMethods, estimateRun } from './trainer/estimateRun.ts';
import { readDrift } from './trainer/readDrift.ts';
import { trainerIn } from './trainer/trainerProgram.ts';
import { writeReport } from './trainer/writeReport.ts';

export interface RunDependencies {
  readonly language: ConfigLanguage;
  readonly reporter: Reporter;
  /** Files and models as configs of a folder see them. */
  readonly worldOf: (folder: string) => Promise<Environment>;
  readonly previewData: (file: string) => Promise<DataPreview>;
}

/** Times that pass show in rows and status bar, without any run having changed. */
const clockMs = 1000;

/** Makes runs visible and startable: explorer, status bar, dashboard, notices and all commands. */
export function registerRuns(context: ExtensionContext, dependencies: RunDependencies): void {
  const { language, reporter, worldOf, previewData } = dependencies;
  const trainerOf = trainerIn(context.extensionPath);
  const catalog = new RunCatalog(reporter.note);
  const view = new ExplorerView(context.workspaceState);
  const tree = new RunTree(catalog, view);
  const treeView = window.createTreeView(runsViewId, {
    treeDataProvider: tree,
    canSelectMany: true,
    showCollapseAll: true,
  });
  const status = new RunStatus(catalog);
  const runs = new RunActions(catalog);
  const starter = new RunStarter({
    catalog,
    trainerOf,
    check: async (uri) => void (await language.check(await workspace.openTextDocument(uri))),
    onStarted: (folders) => {
      const started = folders.flatMap((folder) => catalog.find(folder) ?? []);
      if (started.length > 0 && readSettings().openDashboardOnStart) dashboard.show(started, undefined, true);
    },
  });
  const estimateOptions = (configText: string, scope: Uri): EstimateOptions => ({
    overrides: settingOverrides(configText, { ...readSettings(scope), pythonPath: '' }),
    // Measuring beside a run would slow down the one and spoil the other.
    mayMeasure: !catalog.runs.some(({ state }) => state === 'running'),
  });
  language.estimateWith(async (file) => {
    if (!workspace.isTrusted) return undefined;
    const uri = Uri.file(file);
    const text = (await workspace.openTextDocument(uri)).getText();
    return await estimateRun(file, estimateOptions(text, uri), await trainerOf(uri));
  });
  const pageActions: Readonly<Record<RunAction, (run: RunEntry) => unknown>> = {
    stop: (run) => runs.stop([run]),
    resume: (run) => starter.resume([run]),
    openLog: (run) => runs.showLog(run),
    openConfig: (run) => runs.openConfig(run),
    reveal: (run) => runs.reveal(run.folder),
  };
  const dashboard = new Dashboard({
    catalog,
    pageFolder: Uri.joinPath(context.extensionUri, 'dist', 'webview'),
    worldOf,
    driftOf: async (run, signal) => (workspace.isTrusted ? readDrift(run, await trainerOf(), signal) : []),
    onError: reporter.note,
    act: (action, run) => void reporter.attempt(() => pageActions[action](run)),
    start: () => void commands.executeCommand(commandId('startLnTuning')),
    report: (chosen) =>
      void reporter.attempt(async () => {
        if (await hasTrust(workspace.isTrusted)) await writeReport(chosen, await trainerOf());
      }),
  });

  const actions = commandActions({
    catalog,
    picker: new RunPicker(catalog, treeView),
    starter,
    runs,
    notes: new NoteActions(catalog),
    view: new ViewActions(view, tree, catalog),
    dashboard,
    experiment: {
      previewData,
      worldOf,
      estimate: async (text, methods, scope) => {
        if (!workspace.isTrusted) return undefined;
        try {
          return await estimateMethods(text, methods, estimateOptions(text, scope), await trainerOf(scope));
        } catch (error) {
          // Nobody asked for it: the choice is made without.
          reporter.note(error);
          return undefined;
        }
      },
      usedModels: () => catalog.runs.map(({ record }) => record.model),
    },
    trainerOf,
  });
  const showChanges = ({ changes, first }: CatalogChange): void => {
    tree.runsChanged(changes);
    status.refresh();
    tellEditor(catalog);
    if (!first) {
      noticeEnds(changes, {
        openDashboard: (run) => dashboard.show([run]),
        openLog: (run) => void reporter.attempt(() => runs.showLog(run)),
        resume: (run) => void reporter.attempt(() => starter.resume([run])),
      });
    }
    // A run that ended makes room, and runs wait that another window queued and left.
    void starter.drainQueue().catch(reporter.showOnce);
  };
  const clock = setInterval(() => {
    if (!catalog.runs.some(({ state }) => state === 'running')) return;
    status.refresh();
    if (treeView.visible) tree.refreshRunning();
  }, clockMs);

  context.subscriptions.push(
    catalog,
    tree,
    treeView,
    status,
    dashboard,
    { dispose: () => clearInterval(clock) },
    catalog.onDidChange(showChanges),
    workspace.onDidGrantWorkspaceTrust(() => void starter.drainQueue().catch(reporter.showOnce)),
    ...Object.entries(actions).map(([name, act]) =>
      commands.registerCommand(commandId(name as CommandName), (...args: unknown[]) =>
        reporter.attempt(() => act(...args)),
      ),
    ),
  );
  tellEditor(catalog);
}

/** What menus and palette depend on. */
function tellEditor({ runs }: RunCatalog): void {
  const set = (key: string, value: boolean): void => void commands.executeCommand('setContext', key, value);
  set('peftLab.hasRuns', runs.length > 0);
  set(
    'peftLab.hasRunning',
    runs.some(({ state }) => state === 'running' || state === 'queued'),
  );
}
