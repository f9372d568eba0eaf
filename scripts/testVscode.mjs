// npm run test:vscode: the extension in real VS Code: the suite in test/vscode/suite inside its extension host, and the
// tests in test/vscode/ui on its page. Desktop VS Code where it can be had, else the server flavour in Chromium.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { build as buildPrograms, install, root, tool } from './setup.mjs';
import { launchChromium } from './vscode/browser.mjs';
import { listenToTests, pageAddress } from './vscode/page.mjs';
import { installServer, removeFolder, serverRunsHere, serverVersion, startServer } from './vscode/server.mjs';

const words = process.argv.slice(2);
const only = words.find((word) => word === 'suite' || word === 'ui');
const suiteFolder = path.join(root, 'node_modules', '.vscode-suite');
const artifacts = path.join(root, 'test', 'artifacts');
const limitMs = 10 * 60_000;

if (!words.includes('--built')) {
  install();
  buildPrograms();
}
mkdirSync(artifacts, { recursive: true });
const ran = [];
if (only !== 'ui') ran.push(await runSuite());
if (only !== 'suite') ran.push(runPageTests());
console.log(`\nTests that ran in VS Code:\n${ran.map((line) => `  ${line}`).join('\n')}`);

/** The mocha suite inside VS Code's extension host. */
async function runSuite() {
  await bundleSuite();
  const folder = mkdtempSync(path.join(tmpdir(), 'peft-lab-vscode-'));
  const workspace = path.join(folder, 'workspace');
  cpSync(path.join(root, 'examples'), workspace, { recursive: true });
  const tests = path.join(suiteFolder, 'index.cjs');
  try {
    const executable = process.env.VSCODE_EXECUTABLE;
    if (executable !== undefined || !serverRunsHere) return await runOnDesktop({ executable, workspace, tests });
    return await runOnServer({ folder, workspace, tests });
  } finally {
    await removeFolder(folder);
  }
}

async function bundleSuite() {
  rmSync(suiteFolder, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['test/vscode/suite/index.ts', 'test/vscode/suite/*.mocha.ts'],
    outdir: suiteFolder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
}

/** Desktop VS Code: VSCODE_EXECUTABLE, else downloaded. */
async function runOnDesktop({ executable, workspace, tests }) {
  const { runTests } = await import('@vscode/test-electron');
  const statsFile = path.join(path.dirname(workspace), 'stats.json');
  await runTests({
    ...(executable === undefined ? {} : { vscodeExecutablePath: executable }),
    extensionDevelopmentPath: root,
    extensionTestsPath: tests,
    extensionTestsEnv: { PEFT_LAB_TEST_STATS: statsFile },
    launchArgs: [workspace, '--disable-workspace-trust', '--skip-welcome', '--skip-release-notes'],
  });
  return suiteLine(JSON.parse(readFileSync(statsFile, 'utf8')), 'desktop');
}

async function runOnServer({ folder, workspace, tests }) {
  installServer();
  const server = await startServer({ dataFolder: path.join(folder, 'server'), trustAll: true, development: true });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const log = [];
    let stats;
    const { exited } = await listenToTests(page, (line) => {
      const ours = /^PEFT_LAB (?:ENDED )?(.*)/s.exec(line)?.[1];
      if (ours === undefined) log.push(line);
      else if (line.startsWith('PEFT_LAB ENDED')) stats = JSON.parse(ours);
      else console.log(`  ${ours}`);
    });
    await page.goto(pageAddress(server.port, { workspace, extension: root, tests }));
    const tooLate = new Promise((resolve) => setTimeout(resolve, limitMs, 'timeout').unref());
    const code = await Promise.race([exited, tooLate, server.exited.then(() => 'server gone')]);
    if (code !== 0 || stats === undefined) {
      process.exitCode = 1;
      await page.screenshot({ path: path.join(artifacts, 'suite-failure.png') });
      writeFileSync(path.join(artifacts, 'suite-failure.log'), [...log, server.output()].join('\n'));
      console.error(`\nthe suite in VS Code failed (${code}); its screen and log are in ${artifacts}`);
    }
    return suiteLine(
      stats ?? { passes: 0, failures: 0 },
      `${serverVersion()}, server flavour, Chromium ${browser.version()}`,
    );
  } finally {
    await browser.close();
    await server.stop();
  }
}

function suiteLine({ passes, failures }, where) {
  return `${passes + failures} in the extension host (VS Code ${where}): ${passes} passed, ${failures} failed`;
}

/** The tests that act on the page as a person does. */
function runPageTests() {
  if (!serverRunsHere) return '0 on the page: they need the server flavour, which is for Linux on x64';
  installServer();
  const report = path.join(artifacts, 'page-tests.json');
  const named = words.filter((word) => word.endsWith('.ui.ts'));
  const result = spawnSync(
    tool('vitest'),
    [
      'run',
      '--config',
      'vitest.vscode.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...named,
    ],
    { cwd: root, stdio: 'inherit' },
  );
  const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
  if (result.status !== 0 || numPassedTests === 0) process.exitCode = 1;
  return `${numTotalTests} on the page (VS Code ${serverVersion()}, server flavour): ${numPassedTests} passed, ${numFailedTests} failed`;
}
