// npm run package [-- PLATFORM… | all]: the extension as a .vsix file, for this platform, those named or all of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { targets, writePackage } from './packageFiles.mjs';
import { build, install, root } from './setup.mjs';

install();
build();
const words = process.argv.slice(2);
const named = words.length === 0 ? [`${process.platform}-${process.arch}`] : words;
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
try {
  for (const target of named.includes('all') ? targets : named) {
    const file = join(root, `${name}-${target}-${version}.vsix`);
    console.log(`${target}: ${((await writePackage(target, file)) / 1e6).toFixed(1)} MB`);
  }
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
