import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Which of our folders a folder may import, itself aside. `:types` means `import type` only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'extension/contract': [],
  'extension/metrics': [],
  'extension/files': [],
  'extension/graph': [],
  'extension/models': ['extension/graph'],
  'extension/methods': ['extension/graph', 'extension/models'],
  'extension/config': ['extension/methods', 'extension/models', 'extension/contract', 'extension/metrics'],
  'extension/runs': ['extension/contract', 'extension/files'],
  'extension/view': ['extension/contract', 'extension/metrics'],
  'extension/trainer': [
    'extension/contract',
    'extension/files',
    'extension/metrics',
    'extension/graph',
    'extension/models',
    'extension/methods',
    'extension/config',
    'extension/runs',
    'extension/view',
    // A report is the page with its data.
    'webview/report.ts',
  ],
  'extension/host': ['extension/config', 'extension/runs', 'extension/contract', 'extension/metrics', 'extension/view'],
  // The editor sees files and models as the trainer does.
  'extension/main.ts': [
    'extension/host',
    'extension/config',
    'extension/runs',
    'extension/contract',
    'extension/trainer/session/world.ts',
    'extension/trainer/session/previewData.ts',
  ],
  // Beside types, the modules of pure functions with which the page and the host see a run alike.
  webview: [
    'extension/view',
    'extension/metrics',
    'extension/contract:types',
    'extension/contract/panel.ts',
    'extension/contract/series.ts',
    'extension/contract/summaryAfter.ts',
  ],
};

/** Packages that only one folder may import. */
const packageHomes: Readonly<Record<string, string>> = {
  'onnxruntime-node': 'extension/trainer/onnx/engine.ts',
  vscode: 'extension/host/',
  'chart.js': 'webview/',
  preact: 'webview/dom.ts',
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
const folderOf = (file: string): string | undefined =>
  Object.keys(allowed).find((folder) => file === folder || file.startsWith(`${folder}/`));
const describeImport = ({ from, to }: Import): string => `${from} imports ${to}`;

describe('the house', () => {
  it('is looked at whole', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(imports.length).toBeGreaterThan(100);
    expect(sources.filter((file) => folderOf(file) === undefined)).toEqual([]);
  });

  it('imports only what each folder may', () => {
    const wrong = imports.filter((found) => {
      // The manifest is data: the trainer tells its version from it.
      if (!found.ours || found.to === 'package.json') return false;
      const [from, to] = [folderOf(found.from), folderOf(found.to)];
      if (from === undefined || to === undefined) return true;
      const may = allowed[from]!;
      return (
        from !== to && !may.includes(to) && !may.includes(found.to) && !(found.typeOnly && may.includes(`${to}:types`))
      );
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('keeps engines, the editor and charts in their own folders', () => {
    const wrong = imports.filter(({ from, to, ours }) => {
      if (ours) return false;
      const name = to.startsWith('@') ? to.split('/').slice(0, 2).join('/') : to.split('/')[0]!;
      const home = packageHomes[name];
      return home !== undefined && !from.startsWith(home) && !(name === 'vscode' && from === 'extension/main.ts');
    });
    expect(wrong.map(describeImport)).toEqual([]);
  });

  it('has no import cycles', () => {
    const edges = new Map<string, string[]>();
    // Types vanish before anything runs: `value` may name the ops that `ops` types over values.
    for (const { from, to, ours, typeOnly } of imports)
      if (ours && !typeOnly) edges.set(from, [...(edges.get(from) ?? []), to]);
    const cycles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, trail: readonly string[]): void => {
      if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
      if (done.has(file) || trail.includes(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
      done.add(file);
    };
    for (const file of edges.keys()) visit(file, []);
    expect(cycles).toEqual([]);
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
