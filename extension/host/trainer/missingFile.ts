import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * A file that training needs and that is not in the extension's folder: an installation that was broken off, or one of
 * another platform. Undefined where all are there.
 */
export function missingFile(
  extensionFolder: string,
  { platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'>,
): string | undefined {
  const binaries = path.join('node_modules', 'onnxruntime-node', 'bin', 'napi-v6', platform, arch);
  const needed = [path.join('dist', 'trainer.cjs'), path.join(binaries, 'onnxruntime_binding.node')];
  return needed.map((file) => path.join(extensionFolder, file)).find((file) => !existsSync(file));
}
