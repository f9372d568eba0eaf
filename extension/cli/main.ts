import '../processes/keepDebuggerShut.ts';
import { runCli } from './runCli.ts';

// No top-level await: the bundle is CommonJS.
void runCli(process.argv.slice(2), async () => (await import('./operations.ts')).operations).then((code) => {
  process.exitCode = code;
});
