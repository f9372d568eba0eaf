// Bundles the programs into dist/: `node scripts/build.mjs [name…] [--watch]`.
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';
import { webviewBuild } from './webview.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @type {import('esbuild').BuildOptions} */
const everyBundle = {
  absWorkingDir: root,
  bundle: true,
  sourcemap: true,
  logLevel: 'info',
  legalComments: 'none',
  define: { 'process.env.NODE_ENV': '"production"' },
};

/** @type {import('esbuild').BuildOptions} */
const nodeBundle = { ...everyBundle, platform: 'node', format: 'cjs', target: 'node20' };

/** @type {Record<string, import('esbuild').BuildOptions>} */
const bundles = {
  trainer: {
    ...nodeBundle,
    entryPoints: { trainer: 'extension/trainer/main.ts' },
    // A native module: loaded from node_modules.
    external: ['onnxruntime-node'],
    // Files beside a module lie beside the bundle.
    define: { ...everyBundle.define, 'import.meta.dirname': '__dirname' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
  },
  extension: {
    ...nodeBundle,
    entryPoints: { extension: 'extension/main.ts' },
    external: ['vscode'],
    // Read and compiled whenever a window opens: a third shorter. Names stay, for whoever reads a stack.
    minifyWhitespace: true,
    minifySyntax: true,
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
  },
  webview: { ...webviewBuild, logLevel: 'info' },
};

const watching = process.argv.includes('--watch');
const asked = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const unknown = asked.find((name) => !(name in bundles));
if (unknown !== undefined) {
  console.error(`build: must be one of ${Object.keys(bundles).join(', ')}, got ${unknown}`);
  process.exit(2);
}

/** What a bundle finds beside itself. */
const companions = { trainer: { from: 'extension/trainer/torch/python', to: 'dist/python' } };

const names = asked.length > 0 ? asked : Object.keys(bundles);
for (const name of names) {
  const beside = companions[name];
  if (beside) {
    const [from, to] = [beside.from, beside.to].map((folder) => new URL(`../${folder}`, import.meta.url));
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true, filter: (file) => !file.endsWith('__pycache__') });
  }
  if (watching) await (await context(bundles[name])).watch();
  else await build(bundles[name]).catch(() => process.exit(1));
}
