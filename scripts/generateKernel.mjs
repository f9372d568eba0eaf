/**
 * Regenerates kernel.ts in extension/engines/optimizers/generated from kernel.wat beside it: `node scripts/generateKernel.mjs`.
 * The assembler, wabt, is fetched by npx; nothing else needs it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'extension/engines/optimizers/generated');
const options = ['--yes', '--package', 'wabt@1.0.39', '--', 'wat2wasm', 'kernel.wat', '--output', 'kernel.wasm'];
execFileSync('npx', options, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' });
const assembled = join(folder, 'kernel.wasm');
const bytes = readFileSync(assembled).toString('base64');
rmSync(assembled);
writeFileSync(
  join(folder, 'kernel.ts'),
  `/** kernel.wat, assembled, in base64. */\nexport const kernelBytes =\n  '${bytes}';\n`,
);
