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

/**
 * node-llama-cpp with its binary for the CPU, in a folder of its own: elsewhere among the packages it would bring gigabytes for GPUs.
 * @returns the folder, or undefined where it cannot be had: the tests that compare with llama.cpp are skipped
 */
function prepareLlama() {
  const folder = join(environment, 'llama');
  const versions = ['node-llama-cpp@3.21.1', `@node-llama-cpp/${process.platform}-${process.arch}@3.21.1`];
  if (existsSync(join(folder, 'node_modules', ...versions[1].split('@3')[0].split('/')))) return folder;
  const words = [
    'install',
    '--prefix',
    folder,
    '--omit=optional',
    '--ignore-scripts',
    '--no-audit',
    '--loglevel=error',
  ];
  const { status } = spawnSync('npm', [...words, ...versions], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0) return folder;
  console.log(`\nTests that compare with llama.cpp are skipped: ${versions.join(' and ')} cannot be installed here.`);
  return undefined;
}

install();
build();
prepare();
demandCompiler();
const llama = prepareLlama();
run(tool('vitest'), ['run', '--config', 'vitest.torch.config.ts'], {
  PEFT_LAB_PYTHON: python,
  ...(llama && { PEFT_LAB_LLAMA: llama }),
});
