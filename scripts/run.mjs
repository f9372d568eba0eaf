// Bundles a TypeScript script and runs it: `node scripts/run.mjs scripts/NAME.ts [argument…]`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [script, ...words] = process.argv.slice(2);
if (script === undefined) {
  console.error('usage: node scripts/run.mjs SCRIPT.ts [argument…]');
  process.exit(2);
}
// Inside node_modules, so that packages, which stay outside the bundle, are found.
const cache = mkdtempSync(path.join(fileURLToPath(new URL('../node_modules/', import.meta.url)), '.script-'));
process.on('exit', () => rmSync(cache, { recursive: true, force: true }));
const outfile = path.join(cache, 'script.mjs');
await build({
  entryPoints: [script],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  logLevel: 'warning',
  plugins: [{ name: 'own addresses', setup: ({ onLoad }) => onLoad({ filter: /\.(ts|mjs)$/ }, withOwnAddress) }],
});

/** Each module keeps the address it has outside the bundle: others are found from there. */
function withOwnAddress({ path: file }) {
  const address = JSON.stringify(pathToFileURL(file).href);
  const contents = readFileSync(file, 'utf8').replaceAll('import.meta.url', address);
  return { contents, loader: file.endsWith('.ts') ? 'ts' : 'js' };
}

process.setSourceMapsEnabled(true);
process.argv.splice(1, 2 + words.length, path.resolve(script), ...words);
await import(pathToFileURL(outfile).href);
