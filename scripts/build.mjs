// Bundles the programs into dist/: `node scripts/build.mjs [name…] [--watch]`.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context, transform } from 'esbuild';
import { notePackages } from './notices.mjs';
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
  alias: {
    // The half of it that Node itself is built with: `fetch` and proxies.
    undici: 'undici/index-fetch.js',
    // What @huggingface/gguf imports of it: names of types. The rest is data of the hub's pages.
    '@huggingface/tasks': path.join(root, 'node_modules/@huggingface/tasks/dist/esm/gguf.js'),
  },
};

/** @type {import('esbuild').BuildOptions} */
const nodeBundle = { ...everyBundle, platform: 'node', format: 'cjs', target: 'node20' };

/** @type {Record<string, import('esbuild').BuildOptions>} */
const bundles = {
  trainer: {
    ...nodeBundle,
    entryPoints: { trainer: 'extension/cli/main.ts' },
    // A native module: loaded from node_modules.
    external: ['onnxruntime-node'],
    // Files beside a module lie beside the bundle.
    define: { ...everyBundle.define, 'import.meta.dirname': '__dirname' },
    // Read and compiled by each process of a run. Names stay, for whoever reads a stack.
    minifyWhitespace: true,
    minifySyntax: true,
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
  },
  // What decodes Parquet files, in a process of its own.
  parquet: {
    ...nodeBundle,
    entryPoints: { parquet: 'extension/data/formats/parquet/process.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
  },
  extension: {
    ...nodeBundle,
    entryPoints: { extension: 'extension/main.ts' },
    external: ['vscode'],
    // Files beside a module lie beside the bundle.
    define: { ...everyBundle.define, 'import.meta.dirname': '__dirname' },
    // Read and compiled whenever a window opens: a third shorter. Names stay, for whoever reads a stack.
    minifyWhitespace: true,
    minifySyntax: true,
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    ...splitIntoChunks('extension'),
  },
  webview: { ...webviewBuild, logLevel: 'info' },
};

/**
 * What a program imports later is a file of its own, read then. The bundler splits only ES modules, which not every
 * editor loads as extensions: each file is turned into CommonJS afterwards.
 */
function splitIntoChunks(folder) {
  const toCommonJs = async ({ path: file, text }) => {
    const { code, map } = await transform(text, {
      format: 'cjs',
      // `node` lists every export once more, for ES modules that import the file: no chunk is imported by one.
      platform: path.basename(file).startsWith(`${folder}.`) ? 'node' : 'neutral',
      target: 'node20',
      sourcefile: path.basename(file),
      sourcemap: 'external',
      minifyWhitespace: true,
      supported: { 'dynamic-import': false },
    });
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${code}//# sourceMappingURL=${path.basename(file)}.map\n`);
    writeFileSync(`${file}.map`, map);
  };
  return {
    format: 'esm',
    splitting: true,
    chunkNames: `${folder}/[name]-[hash]`,
    sourcemap: 'inline',
    write: false,
    plugins: [
      {
        name: 'chunks of CommonJS',
        setup: ({ onStart, onEnd }) => {
          onStart(() => rmSync(new URL(`../dist/${folder}`, import.meta.url), { recursive: true, force: true }));
          onEnd(async ({ outputFiles = [] }) => void (await Promise.all(outputFiles.map(toCommonJs))));
        },
      },
    ],
  };
}

const watching = process.argv.includes('--watch');
const asked = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const unknown = asked.find((name) => !(name in bundles));
if (unknown !== undefined) {
  console.error(`build: must be one of ${Object.keys(bundles).join(', ')}, got ${unknown}`);
  process.exit(2);
}

/** What a bundle finds beside itself. */
const companions = { trainer: { from: 'extension/engines/torch/python', to: 'dist/python' } };

const names = asked.length > 0 ? asked : Object.keys(bundles);
for (const name of names) {
  const beside = companions[name];
  if (beside) {
    const [from, to] = [beside.from, beside.to].map((folder) => new URL(`../${folder}`, import.meta.url));
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true, filter: (file) => !file.endsWith('__pycache__') });
  }
  if (watching) await (await context(bundles[name])).watch();
  else {
    const { metafile } = await build({ ...bundles[name], metafile: true }).catch(() => process.exit(1));
    notePackages(name, metafile);
  }
}
