import { UserError } from '../../problems/userError.ts';
import { endedHow } from '../../processes/exit.ts';
import { runCommand } from '../../processes/runCommand.ts';
import { nodeEnvironment } from '../../processes/trainerCommand.ts';

const askTimeoutMs = 20_000;
const oldestMajor = 20;

/** Asks a program for its version. @throws UserError when it is none of ours */
export async function assertNode(node: string): Promise<void> {
  const asked = { program: node, arguments: ['--version'], environment: nodeEnvironment() };
  const { stdout: version, ...exit } = await runCommand(asked, askTimeoutMs);
  if (exit.code !== 0) throw notNode(node, exit.startError?.message ?? endedHow(exit));
  const major = Number(/^v(\d+)\.\d+\.\d+/.exec(version)?.[1]);
  if (!(major >= oldestMajor)) throw notNode(node, version.trim().split('\n')[0]!.slice(0, 80) || 'no version');
}

function notNode(node: string, got: string): UserError {
  const cure = "name another, or leave it empty for VS Code's own";
  return new UserError(
    `peftLab.nodePath: must be a Node of version ${oldestMajor} or newer, got ${node} (${got}); ${cure}`,
  );
}
