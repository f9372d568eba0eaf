// Bundles a TypeScript script and runs it: `node scripts/run.mjs scripts/NAME.ts [argument…]`.
import { mkdtempSync, rmSync } from 'node:fs';
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
  define: { 'import.meta.url': JSON.stringify(pathToFileURL(path.resolve(script)).href) },
});
process.setSourceMapsEnabled(true);
process.argv.splice(1, 2 + words.length, path.resolve(script), ...words);
await import(pathToFileURL(outfile).href);
