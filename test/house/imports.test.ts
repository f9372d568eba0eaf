import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Rooms of the ground floors, which everything above may import. */
const declarations = [
  'numbers',
  'files',
  'processes',
  'graph',
  'contract',
  'nn',
  'models',
  'methods',
  'metrics',
  'tasks',
  'config',
];
const belowTraining = [...declarations, 'view', 'experiments', 'hub', 'checkpoint', 'data', 'slurm', 'runs', 'engines'];

/** Which rooms of `extension` a room may import, itself aside. `webview/FILE` names one module of the page. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  problems: [],
  numbers: [],
  files: [],
  processes: ['files'],
  graph: [],
  contract: [],
  metrics: [],
  nn: ['graph'],
  models: ['graph', 'nn'],
  methods: ['graph', 'nn', 'models', 'numbers'],
  tasks: ['graph', 'nn', 'models', 'metrics', 'numbers'],
  config: ['models', 'methods', 'tasks', 'metrics', 'contract', 'view'],
  view: ['contract', 'metrics'],
  experiments: ['config', 'contract', 'tasks', 'metrics', 'numbers', 'methods', 'view'],
  slurm: ['contract', 'files', 'processes'],
  runs: ['contract', 'files', 'processes', 'experiments', 'slurm'],
  hub: ['files'],
  checkpoint: ['graph', 'models', 'methods', 'tasks', 'contract', 'numbers', 'files', 'hub'],
  data: ['graph', 'models', 'tasks', 'config', 'contract', 'numbers', 'files', 'processes', 'hub', 'checkpoint'],
  engines: ['graph', 'contract', 'numbers', 'files', 'processes', 'checkpoint'],
  training: belowTraining,
  inference: [...belowTraining, 'training'],
  export: [...belowTraining, 'training', 'inference'],
  estimate: [...belowTraining, 'training'],
  supervisor: ['contract', 'files', 'processes', 'runs', 'slurm'],
  // A report is the page with its data.
  cli: [...belowTraining, 'training', 'inference', 'export', 'estimate', 'supervisor', 'webview/report/report.ts'],
  host: [
    'files',
    'processes',
    'config',
    'runs',
    'contract',
    'metrics',
    'view',
    'experiments',
    'methods',
    'models',
    'tasks',
    // Which forms can hold a model is said before a person is asked where to put it.
    'extension/export/formats.ts',
  ],
  // The editor sees files and models as the trainer does; what it needs for that is read when it is first asked for.
  'main.ts': ['host', 'data'],
  webview: ['view', 'metrics', 'contract', 'experiments'],
};

/**
 * The order inside a room, or a room in it, lowest first: its folders, files by name, `.` for all its other files. Each imports
 * only what stands before it. A room that is not named is flat, or one thing: that it has no cycles is order enough.
 */
const inside: Readonly<Record<string, readonly string[]>> = {
  graph: ['dims.ts', 'value.ts', 'tensor.ts', 'op.ts', 'ops', 'ops.ts', 'node.ts', '.'],
  methods: ['declaration', '.', 'entries'],
  checkpoint: ['format', '.'],
  engines: [
    'optimizers',
    'gradients',
    'engine.ts',
    'bindFeeds.ts',
    'hostTensors.ts',
    'frozenValues.ts',
    'onnx',
    'torch',
    'trials',
    '.',
  ],
  'engines/onnx': ['generated', 'lowering', 'native', 'weights', '.'],
  estimate: ['work', 'speeds', '.'],
  experiments: ['statistics', 'file', 'plan', 'progress.ts', 'verdict', '.', 'editor'],
  export: ['exportError.ts', 'writeConfig.ts', 'merged.ts', 'gguf', '.'],
  inference: [
    'chunks.ts',
    'fileRows.ts',
    'jsonLinesFile.ts',
    'rowList.ts',
    'rowListFile.ts',
    'tunedGraphs.ts',
    'tunedRun.ts',
    'masked.ts',
    'predictions.ts',
    'predict.ts',
    'generation',
    '.',
  ],
  cli: [
    'output',
    'operations.ts',
    'cli.ts',
    'pageFiles.ts',
    'runOne.ts',
    'variants.ts',
    'numberOption.ts',
    'queueOptions.ts',
    'openModels.ts',
    'rowsFile.ts',
    'scaleOption.ts',
    'sweeps',
    'commands',
    '.',
  ],
  'data/formats': ['bytes', 'parquet', 'readers', '.'],
  'data/tokenizer': ['text', '.'],
  config: ['text', 'schema', 'resolved', 'checks', 'editor'],
  'host/language': ['checks', 'providers', 'tokens', '.'],
  models: ['model', 'architecture', 'family', '.'],
  training: ['loop', 'plan', 'prepare', 'trunk', '.'],
  runs: ['.', 'process', 'journal', 'folder', 'control'],
  tasks: ['rows', '.'],
  data: ['formats', 'tokenizer', 'rows', 'batches', '.'],
  host: [
    'editor',
    'commands',
    'runs',
    'trainer',
    'language',
    'explorer',
    'start',
    'sweeps',
    'models',
    'dashboard',
    'chat',
    'actions',
    '.',
  ],
  webview: ['page', 'looks', 'state', 'curves', 'sweep', 'charts', 'report', 'views', 'chat', '.'],
};

/** Packages that only one folder or file may import. */
const packageHomes: Readonly<Record<string, string>> = {
  'onnxruntime-node': 'extension/engines/onnx/native/engine.ts',
  'node:child_process': 'extension/processes/',
  // The watch over a process that decodes hostile files must not wait for what it watches.
  'node:worker_threads': 'extension/data/formats/parquet/process.ts',
  vscode: 'extension/host/',
  'chart.js': 'webview/',
  preact: 'webview/page/dom.ts',
  '@stdlib/stats-base-dists-normal-cdf': 'extension/experiments/statistics/',
  '@stdlib/stats-base-dists-normal-quantile': 'extension/experiments/statistics/',
  '@stdlib/stats-base-dists-t-cdf': 'extension/experiments/statistics/',
  '@stdlib/stats-base-dists-t-quantile': 'extension/experiments/statistics/',
};

interface Import {
  readonly from: string;
  /** A path from the root for ours, else the package. */
  readonly to: string;
  readonly ours: boolean;
  readonly typeOnly: boolean;
}

const importPattern =
  /^[ \t]*(?:import|export)(?<type>\s+type)?\s+(?:(?<names>[^'";]*?)\s+from\s+)?['"](?<static>[^'"\n]+)['"]|\bimport\(\s*['"](?<dynamic>[^'"\n]+)['"]\s*\)/gm;

function sourcesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => !file.includes('/generated/'));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  return [...text.matchAll(importPattern)].map(({ groups = {} }) => {
    const target = groups.static ?? groups.dynamic!;
    const ours = target.startsWith('.');
    const names = groups.names?.replace(/^\{|\}$/g, '').split(',') ?? [];
    const named = names.map((name) => name.trim()).filter((name) => name !== '');
    return {
      from: file,
      to: ours ? path.posix.join(path.posix.dirname(file), target) : target,
      ours,
      typeOnly: groups.type !== undefined || (named.length > 0 && named.every((name) => name.startsWith('type '))),
    };
  });
}

const sources = [...sourcesBelow('extension'), ...sourcesBelow('webview')];
const imports = sources.flatMap(importsOf);
/** `extension/graph/ops.ts` → `graph`, `extension/main.ts` → `main.ts`, `webview/…` → `webview`. */
const roomOf = (file: string): string => (file.startsWith('webview/') ? 'webview' : file.split('/')[1]!);
const describeImport = ({ from, to }: Import): string => `${from} imports ${to}`;

/** Groups of files that reach each other, each as its files in order of the alphabet (Tarjan's components). */
function circles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const [index, low, stack, found] = [
    new Map<string, number>(),
    new Map<string, number>(),
    [] as string[],
    [] as string[],
  ];
  const visit = (file: string): void => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    stack.push(file);
    for (const next of edges.get(file) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file)).sort();
    if (group.length > 1) found.push(group.join(' ↔ '));
  };
  for (const file of edges.keys()) if (!index.has(file)) visit(file);
  return found;
}

describe('the house', () => {
  it('is looked at whole', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(100);
    expect([...new Set(sources.map(roomOf))].sort()).toEqual(
      Object.keys(allowed)
        .filter((room) => sources.some((file) => roomOf(file) === room))
        .sort(),
    );
  });

  it('imports only what each room may', () => {
    const wrong = imports.filter((found) => {
      // The manifest is data: the program tells its version from it.
      if (!found.ours || found.to === 'package.json') return false;
      const [from, to] = [roomOf(found.from), roomOf(found.to)];
      const may = allowed[from] ?? [];
      // How what is wrong is said is the same everywhere.
      return from !== to && to !== 'problems' && !may.includes(to) && !may.includes(found.to);
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('keeps the order inside each room', () => {
    const wrong = Object.entries(inside).flatMap(([room, order]) => {
      const folder = room === 'webview' ? 'webview/' : `extension/${room}/`;
      const placeOf = (file: string): number => {
        const [entry = ''] = file.slice(folder.length).split('/');
        return order.includes(entry) || !entry.endsWith('.ts') ? order.indexOf(entry) : order.indexOf('.');
      };
      return imports.filter(({ from, to, ours }) => {
        if (!ours || !from.startsWith(folder) || !to.startsWith(folder)) return false;
        return placeOf(from) === -1 || placeOf(to) > placeOf(from);
      });
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('keeps engines, the editor, charts and child processes in their own folders', () => {
    const wrong = imports.filter(({ from, to, ours }) => {
      if (ours) return false;
      const name = to.startsWith('@') ? to.split('/').slice(0, 2).join('/') : to.split('/')[0]!;
      const home = packageHomes[name];
      return home !== undefined && !from.startsWith(home) && !(name === 'vscode' && from === 'extension/main.ts');
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('has no import cycles, types included', () => {
    const edges = new Map<string, string[]>();
    for (const { from, to, ours } of imports) if (ours) edges.set(from, [...(edges.get(from) ?? []), to]);
    expect(circles(edges)).toEqual([]);
  });

  it('names the extension of what it imports, and imports only what is there', () => {
    const wrong = imports.filter(({ to, ours }) => ours && /\.tsx?$/.test(to) === false && !/\.(json|css)$/.test(to));
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('has no default exports, no barrels and no path aliases', () => {
    const bad = sources.filter((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      const code = text.split('\n').filter((line) => line.trim() !== '' && !/^\s*(\/\/|\/?\*)/.test(line));
      const barrel = code.length > 0 && code.every((line) => /^export\s.*\sfrom\s/.test(line));
      return /^export default\b/m.test(text) || barrel || /\/index\.ts$/.test(file);
    });
    expect(bad).toEqual([]);
    const tsconfig = JSON.parse(readFileSync(path.join(root, 'tsconfig.json'), 'utf8'));
    expect(tsconfig.compilerOptions).not.toHaveProperty('paths');
  });

  it('has no files named for nothing in particular', () => {
    expect(sources.filter((file) => /(^|\/)(utils?|helpers?|common|misc|shared)(\.ts|\/)/i.test(file))).toEqual([]);
  });
});
