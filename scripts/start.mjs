// npm start: the example workspace with this extension in VS Code: the desktop one where `code` is, else in the browser.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { build, install, root } from './setup.mjs';

install();
build();
const workspace = path.join(root, 'examples');
const desktop = spawnSync('code', ['--version'], { encoding: 'utf8', shell: process.platform === 'win32' });

if (desktop.status === 0 && !process.argv.includes('--browser')) {
  const { status } = spawnSync('code', [`--extensionDevelopmentPath=${root}`, workspace], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  process.exit(status ?? 1);
}

const { installExtension, installServer, serverRunsHere, setMachineSettings, startServer } = await import(
  './vscode/server.mjs'
);
const { pageAddress } = await import('./vscode/page.mjs');
const { writePackage } = await import('./packageFiles.mjs');
if (!serverRunsHere) {
  console.error(
    '\nnpm start: needs VS Code, and there is no `code` on PATH; install VS Code ("Shell Command: Install code command ' +
      'in PATH" in its palette), or use Linux on x64, where VS Code for the browser is fetched from the npm registry.',
  );
  process.exit(1);
}
installServer();
const token = randomBytes(16).toString('hex');
const dataFolder = path.join(root, '.cache', 'vscode-start');
// Packed and installed, as users have it: an editor that takes an extension under development shows no notifications.
mkdirSync(dataFolder, { recursive: true });
const vsix = path.join(dataFolder, 'peft-lab.vsix');
await writePackage('linux-x64', vsix);
installExtension(vsix, dataFolder);
// A first window without the chat beside it, and without a question about this checkout.
setMachineSettings(dataFolder, {
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'git.openRepositoryInParentFolders': 'never',
});
const server = await startServer({ dataFolder, token, trustAll: true });
console.log(`\nOpen this address in a browser; anybody who has it can use this editor:

  ${pageAddress(server.port, { workspace, token })}

Then open entities.peft.yaml and choose "Start LN-tuning" above its first line. Ctrl-C ends the editor; runs go on.`);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.stop());
const code = await server.exited;
process.exit(code ?? 0);
