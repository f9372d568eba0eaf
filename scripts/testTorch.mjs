// npm run test:torch: live parity with PyTorch, transformers and peft in a virtual environment of its own.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installDebian } from './debian.mjs';
import { build, install, root, run, tool } from './setup.mjs';

const requirements = join(root, 'test', 'torch', 'requirements.txt');
const environment = process.env.PEFT_LAB_VENV ?? join(root, '.venv');
const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');

/** Makes the virtual environment, or brings it up to date when the requirements changed. */
function prepare() {
  const stamp = join(environment, '.installed-requirements');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!existsSync(python)) run(process.env.PYTHON ?? 'python3', ['-m', 'venv', environment]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements]);
  writeFileSync(stamp, wanted);
}

/** torch.compile writes C++ for the CPU. Ends this process when nothing can compile it. */
function demandCompiler() {
  const names = [process.env.CXX, 'g++', 'clang++'].filter(Boolean);
  const found = () => names.some((name) => spawnSync(name, ['--version']).status === 0);
  if (!found()) installDebian('g++');
  if (found()) return;
  console.error(
    `\nThe tests of compile: on need a C++ compiler, got none of ${names.join(', ')}. Install one (Debian, Ubuntu: ` +
      '`sudo apt-get install g++`), or set CXX to its path, and run `npm run test:torch` again.',
  );
  process.exit(1);
}

install();
build();
prepare();
demandCompiler();
run(tool('vitest'), ['run', '--config', 'vitest.torch.config.ts'], { PEFT_LAB_PYTHON: python });
