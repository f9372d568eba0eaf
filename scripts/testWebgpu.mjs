// npm run test:webgpu [FILE…]: gradients and training on WebGPU, on the software Vulkan driver that Chromium brings; with
// --gpu on the machine's own driver. `--ready`: packages are installed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { install, root, tool } from './setup.mjs';

const words = process.argv.slice(2);
const files = words.filter((word) => !word.startsWith('--'));
/** The method's own gradients take minutes in software; training covers them all at once. */
const usual = ['test/engines/onnx', 'test/webgpu'];

if (!words.includes('--ready')) install();
if (words.includes('--gpu')) runTests('the driver of this machine', {});
else if (process.platform === 'linux' && process.arch === 'x64') {
  const folder = await softwareDriver();
  const driver = path.join(folder, 'vk_swiftshader_icd.json');
  // Chromium also brings the Vulkan loader, for machines that have none.
  const libraries = [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':');
  runTests(driver, { LD_LIBRARY_PATH: libraries, VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver });
} else {
  console.log(
    "\nTests that ran on WebGPU: 0: the software driver is used on Linux on x64; `--gpu` takes the machine's own.",
  );
}

/** The folder of Chromium's software driver. Ends this process when there is none. */
async function softwareDriver() {
  const { findChromium } = await import('./vscode/browser.mjs');
  const places = [path.dirname(realpathSync(findChromium())), '/usr/lib/chromium', '/opt/google/chrome'];
  const found = places.find((folder) => existsSync(path.join(folder, 'vk_swiftshader_icd.json')));
  if (found !== undefined) return found;
  console.error(
    `\nThe tests on WebGPU need Chromium's software Vulkan driver, vk_swiftshader_icd.json, and it is not in ${places.join(', ')}. ` +
      "Install Debian's Chromium: `sudo apt-get install chromium`, and run `npm run test:webgpu` again.",
  );
  process.exit(1);
}

function runTests(driver, environment) {
  const report = path.join(root, 'test', 'artifacts', 'webgpu-tests.json');
  mkdirSync(path.dirname(report), { recursive: true });
  const result = spawnSync(
    tool('vitest'),
    [
      'run',
      '--config',
      'vitest.webgpu.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      ...(files.length > 0 ? files : usual),
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, ...environment, PEFT_LAB_TEST_DEVICE: 'webgpu' },
      shell: process.platform === 'win32',
    },
  );
  if (!existsSync(report)) process.exit(1);
  const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
  if (result.status !== 0 || numPassedTests === 0) process.exitCode = 1;
  console.log(
    `\nTests that ran on WebGPU (${driver}): ${numTotalTests}: ${numPassedTests} passed, ${numFailedTests} failed`,
  );
}
