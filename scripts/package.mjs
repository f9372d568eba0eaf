// npm run package [-- PLATFORM]: the extension as one .vsix file, for this platform or the one named.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePackage } from './packageFiles.mjs';
import { build, install, root } from './setup.mjs';

install();
build();
const target = process.argv[2] ?? `${process.platform}-${process.arch}`;
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
try {
  await writePackage(target, join(root, `${name}-${target}-${version}.vsix`));
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
