import { monitorEventLoopDelay } from 'node:perf_hooks';
import type * as vscode from 'vscode';
import { ExplorerView } from '../../extension/host/explorer/explorerView.ts';
import { RunTree } from '../../extension/host/explorer/runTree.ts';
import { RunCatalog } from '../../extension/host/runs/runCatalog.ts';
import { advance } from './runFolders.ts';

const rounds = 15;

const memory: vscode.Memento = { keys: () => [], get: () => undefined, update: async () => {} };

/** Asks for what the editor asks for when it draws the tree: groups, rows of the first page of each, their items. */
function firstPage(tree: RunTree): number {
  let rows = 0;
  for (const node of tree.getChildren()) {
    tree.getTreeItem(node);
    for (const child of tree.getChildren(node)) {
      tree.getTreeItem(child);
      if (child.kind === 'run') rows += 1;
    }
  }
  return rows;
}

/** Inside the extension host: the explorer over the workspace's runs, as a window that opens has it. */
export async function run(): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const started = performance.now();
  const catalog = new RunCatalog((error) => {
    throw error;
  });
  const tree = new RunTree(catalog, { sweeps: [], find: () => undefined }, new ExplorerView(memory));
  let firstRowsMs = 0;
  catalog.onDidChange(({ changes }) => {
    tree.runsChanged(changes);
    if (firstRowsMs === 0 && firstPage(tree) > 0) firstRowsMs = performance.now() - started;
  });
  await catalog.refresh();
  firstPage(tree);
  const loadedMs = performance.now() - started;
  delay.disable();
  const count = catalog.runs.length;

  // A running run moved on: found, told, the order looked at, its row drawn anew. Then a round in which nothing happened.
  const entry = catalog.runs.find(({ state }) => state === 'running')!;
  const live = { folder: entry.folder, progress: { summary: entry.summary, milestones: undefined } };
  const subscription = catalog.onDidChange(() => tree.getTreeItem(tree.node(live.folder)));
  const updatesMs: number[] = [];
  const idleMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    advance(live);
    updatesMs.push(await timed(() => catalog.refresh()));
    idleMs.push(await timed(() => catalog.refresh()));
  }
  subscription.dispose();
  const redrawsMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    redrawsMs.push(
      await timed(() => {
        tree.refresh();
        firstPage(tree);
      }),
    );
  }
  catalog.dispose();
  const figures = { count, firstRowsMs, loadedMs, blockedMs: delay.max / 1e6, updatesMs, idleMs, redrawsMs };
  console.log(`BENCH ${JSON.stringify(figures)}`);
}

async function timed(act: () => unknown): Promise<number> {
  const started = performance.now();
  await act();
  return performance.now() - started;
}
