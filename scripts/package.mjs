// npm run package [-- PLATFORM]: the extension as one .vsix file, for this platform or the one named.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, root } from './setup.mjs';

install();
build();
// Imported late: what they need has only now been installed.
const { createVSIX } = await import('@vscode/vsce');
const { withIgnoreFile } = await import('./packageFiles.mjs');
const target = process.argv[2] ?? `${process.platform}-${process.arch}`;
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const packagePath = join(root, `${name}-${target}-${version}.vsix`);
try {
  await withIgnoreFile(target, (ignoreFile) =>
    createVSIX({
      cwd: root,
      target,
      ignoreFile,
      packagePath,
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
    }),
  );
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
