/**
 * Writes what the manifest says because of what the extension's code declares: commands, menus, settings, texts.
 * `node scripts/run.mjs scripts/generateManifest.ts`
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { manifest, manifestTexts } from '../extension/host/manifest.ts';

const file = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const { top, contributes } = manifest();
const before = JSON.parse(readFileSync(file('package.json'), 'utf8')) as Record<string, object>;
const after = { ...before, ...top, contributes: { ...before.contributes, ...contributes } };
writeFileSync(file('package.json'), `${JSON.stringify(after, null, 2)}\n`);
writeFileSync(file('package.nls.json'), `${JSON.stringify(manifestTexts(), null, 2)}\n`);
