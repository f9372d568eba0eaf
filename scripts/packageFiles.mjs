// What goes into the packaged extension for one platform.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { thirdPartyNotices } from './notices.mjs';
import { root } from './setup.mjs';

/** What the extension's page shows: no pictures or pages of the checkout, which are not there. */
export const readmePath = 'resources/README.md';

/** Platforms that are packaged, as VS Code names them. */
export const targets = ['linux-x64', 'linux-arm64', 'win32-x64', 'darwin-arm64'];

const binaries = 'node_modules/onnxruntime-node/bin/napi-v6';
const notices = 'dist/ThirdPartyNotices.txt';

/** A package that is larger holds what it should not. */
const mostBytes = 40e6;

/**
 * Binaries that come with the engine and are not needed: the second name of one macOS library, and what only the DirectML
 * provider loads, when it is first asked for.
 */
const unneeded = /^(libonnxruntime\.\d+\.\d+\.\d+\.dylib|DirectML\.dll)$/;

/** The native binaries of one platform. @param {string} target As VS Code names platforms. */
export function binariesOf(target) {
  const folder = `${binaries}/${target.replace('-', '/')}`;
  if (!existsSync(join(root, folder))) {
    throw new Error(
      `package: must be a platform that onnxruntime-node has binaries for, got ${target}; see ${binaries}`,
    );
  }
  const names = readdirSync(join(root, folder)).filter((name) => !unneeded.test(name));
  return names.sort().map((name) => `${folder}/${name}`);
}

/**
 * Calls `use` with an ignore file that lets in, beside what .vscodeignore names, the native binaries of one platform.
 *
 * @param {string} target As VS Code names platforms: `linux-x64`.
 * @param {(ignoreFile: string) => Promise<unknown>} use
 */
export async function withIgnoreFile(target, use) {
  const lines = binariesOf(target).map((file) => `!${file}\n`);
  const scratch = mkdtempSync(join(tmpdir(), 'peft-lab-package-'));
  try {
    const ignoreFile = join(scratch, '.vscodeignore');
    writeFileSync(ignoreFile, readFileSync(join(root, '.vscodeignore'), 'utf8') + lines.join(''));
    writeFileSync(join(root, notices), thirdPartyNotices());
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
 * @returns {Promise<number>} its size in bytes
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
  const { size } = statSync(packagePath);
  if (size > mostBytes) throw new Error(`${packagePath}: must be at most ${mostBytes} bytes, got ${size}`);
  return size;
}
