import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

/** Marks our lines among all that the extension host prints. */
const tell = (line: string): void => console.log(`PEFT_LAB ${line}`);

/** What VS Code calls inside its extension host. @throws Error when a test failed, or none ran */
export async function run(): Promise<void> {
  // Above all that a test waits for: what was waited for says more than how long.
  const mocha = new Mocha({ ui: 'bdd', timeout: 600_000, reporter: Mocha.reporters.Base });
  for (const name of readdirSync(__dirname).sort()) {
    if (name.endsWith('.mocha.cjs')) mocha.addFile(path.join(__dirname, name));
  }
  let passes = 0;
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    runner.on('pass', (test) => {
      passes += 1;
      tell(`✔ ${test.fullTitle()} (${test.duration} ms)`);
    });
    runner.on('fail', (test, error: Error) => tell(`✖ ${test.fullTitle()}\n${error.stack ?? error.message}`));
  });
  const told = JSON.stringify({ passes, failures });
  tell(`ENDED ${told}`);
  // Desktop VS Code takes the file, the page takes the line.
  const file = process.env.PEFT_LAB_TEST_STATS;
  if (file !== undefined) writeFileSync(file, told);
  if (failures > 0) throw new Error(`${failures} of ${passes + failures} tests failed`);
  if (passes === 0) throw new Error('no test ran');
}
