// npm test: everything that needs no Python and no GPU, from a fresh clone.
import { build, install, run, tool } from './setup.mjs';

install();
build();
run(tool('tsc'), ['-p', '.']);
run(tool('biome'), ['check', '--error-on-warnings', '.']);
// Imported late: what it needs has only now been installed.
const { findChromium } = await import('./vscode/browser.mjs');
run(tool('vitest'), ['run'], { CHROMIUM_EXECUTABLE: findChromium() });
run(process.execPath, ['scripts/testWebgpu.mjs', '--ready']);
// Here VS Code comes from the package registry; elsewhere it would be downloaded: `npm run test:vscode` does that.
const { serverRunsHere } = await import('./vscode/server.mjs');
if (serverRunsHere) run(process.execPath, ['scripts/testVscode.mjs', '--built']);
else console.log('\nThe tests in VS Code are left to `npm run test:vscode`: here it would have to be downloaded.');
