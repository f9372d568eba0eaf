import { runCli } from './cli/runCli.ts';

const loadOperations = async () => (await import('./session/operations.ts')).operations;

runCli(process.argv.slice(2), loadOperations).then((exitCode) => {
  process.exitCode = exitCode;
});
