import type { Command } from 'commander';
import type { EnvironmentFacts } from '../../../contract/environmentFacts.ts';
import { counted } from '../../../problems/counted.ts';
import type { Cli } from '../../cli.ts';

interface EnvironmentOptions {
  readonly python?: string;
  readonly json?: boolean;
}

export function registerEnvironment(program: Command, cli: Cli): void {
  program
    .command('environment')
    .summary('list the engines and devices of this machine')
    .description('Lists engines, devices and versions for training on this machine, and how to get what is missing.')
    .option('--python <path>', 'the Python to try for the torch executor')
    .option('--json', 'the same as JSON')
    .action(
      cli.action(async ({ python, json }: EnvironmentOptions) => {
        const operations = await cli.loadOperations();
        const facts = await operations.environment(process.cwd(), python ?? null);
        cli.print(json ? `${JSON.stringify(facts)}\n` : describe(facts));
        return 0;
      }),
    );
}

function describe({ version, node, platform, cores, memoryBytes, onnx, torch }: EnvironmentFacts): string {
  return [
    `PEFT Lab   ${version} on Node ${node}`,
    `machine    ${platform}, ${counted(cores, 'core')}, ${(memoryBytes / 1e9).toFixed(1)} GB`,
    `onnx       ready: onnxruntime ${onnx.version} on the CPU`,
    onnx.webgpuProblem === null ? 'webgpu     ready' : `webgpu     not ready: ${onnx.webgpuProblem}`,
    torch.problem === null ? `torch      ready: ${torch.device}` : `torch      not ready: ${torch.problem}`,
    ...(torch.python === null ? [] : [`python     ${torch.python}`]),
    '',
  ].join('\n');
}
