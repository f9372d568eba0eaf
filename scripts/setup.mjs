// What every npm script does first, with nothing but Node: installs packages when package-lock.json changed, and
// stops early on a Node that is too old.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const stamp = join(root, 'node_modules', '.installed-lock');

/** Runs a command in the checkout with its output shown. Ends this process when the command fails. */
export function run(command, args, environment = {}) {
  const shown = [command, ...args].join(' ');
  console.log(`\n> ${shown}`);
  const started = Date.now();
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    shell: process.platform === 'win32',
  });
  if (result.error) throw result.error;
  if (result.status !== 0) {
    console.error(`\n${shown}: ${result.signal ? `ended by ${result.signal}` : `exit code ${result.status}`}`);
    process.exit(result.status ?? 1);
  }
  return (Date.now() - started) / 1000;
}

/** `npm ci`, unless node_modules already holds what package-lock.json asks for. */
export function install() {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 20) {
    console.error(`PEFT Lab needs Node 20 or newer, got ${process.version}: see https://nodejs.org`);
    process.exit(1);
  }
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  run(npm, ['ci', '--loglevel=error']);
  writeFileSync(stamp, lock);
}

/** Bundles the programs into dist/. */
export function build() {
  run(process.execPath, ['scripts/build.mjs']);
}

/** A program that npm packages brought along. */
export const tool = (name) => join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name);

if (process.argv[1] === fileURLToPath(import.meta.url)) install();
