// npm test: everything that needs no Python and no GPU, from a fresh clone.
import { build, install, run, tool } from './setup.mjs';

install();
build();
run(tool('tsc'), ['-p', '.']);
run(tool('biome'), ['check', '--error-on-warnings', '.']);
// Imported late: what it needs has only now been installed.
const { findChromium } = await import('./vscode/browser.mjs');
run(tool('vitest'), ['run'], { CHROMIUM_EXECUTABLE: findChromium() });
