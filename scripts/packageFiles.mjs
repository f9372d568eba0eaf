// What goes into the packaged extension for one platform.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './setup.mjs';

/** What the extension's page shows: no pictures or pages of the checkout, which are not there. */
export const readmePath = 'resources/README.md';

const binaries = 'node_modules/onnxruntime-node/bin/napi-v6';

/**
 * Calls `use` with an ignore file that lets in, beside what .vscodeignore names, the native binaries of one platform.
 *
 * @param {string} target As VS Code names platforms: `linux-x64`.
 * @param {(ignoreFile: string) => Promise<unknown>} use
 */
export async function withIgnoreFile(target, use) {
  const folder = `${binaries}/${target.replace('-', '/')}`;
  if (!existsSync(join(root, folder))) {
    throw new Error(
      `package: must be a platform that onnxruntime-node has binaries for, got ${target}; see ${binaries}`,
    );
  }
  const scratch = mkdtempSync(join(tmpdir(), 'peft-lab-package-'));
  try {
    const ignoreFile = join(scratch, '.vscodeignore');
    writeFileSync(ignoreFile, `${readFileSync(join(root, '.vscodeignore'), 'utf8')}!${folder}/**\n`);
    return await use(ignoreFile);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * Writes the extension for one platform, from dist/ as it is.
 *
 * @param {string} target As VS Code names platforms.
 * @param {string} packagePath The .vsix file.
 */
export async function writePackage(target, packagePath) {
  // Imported late: the scripts that call this install it first.
  const { createVSIX } = await import('@vscode/vsce');
  await withIgnoreFile(target, (ignoreFile) =>
    createVSIX({
      cwd: root,
      target,
      ignoreFile,
      packagePath,
      allowMissingRepository: true,
      readmePath,
      rewriteRelativeLinks: false,
    }),
  );
}
