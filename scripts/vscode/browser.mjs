// A Chromium for the tests: the one that is there, else Debian's.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { installDebian } from '../debian.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of the Chromium that is here: CHROMIUM_EXECUTABLE, or one on PATH. */
export const chromiumHere = () =>
  process.env.CHROMIUM_EXECUTABLE ??
  (process.env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));

/** Path of a Chromium: the one that is here, else Debian's, which is installed. Ends this process when none can be had. */
export function findChromium() {
  const own = chromiumHere();
  if (own !== undefined) return own;
  installDebian('chromium', 'fonts-dejavu-core');
  const installed = chromiumHere();
  if (installed !== undefined) return installed;
  console.error(
    '\nThe tests in VS Code need Chromium, and there is none. Install it (Debian, Ubuntu: `sudo apt-get install ' +
      'chromium`), or set CHROMIUM_EXECUTABLE to its path, and run `npm test` again.',
  );
  process.exit(1);
}

const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Timers of a page that nobody looks at would crawl.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
];

export const launchChromium = () => chromium.launch({ executablePath: findChromium(), args: quiet });
