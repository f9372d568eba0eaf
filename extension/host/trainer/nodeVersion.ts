import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UserError } from '../../problems/userError.ts';
import { nodeEnvironment } from '../../runs/control/spawn.ts';

const run = promisify(execFile);
const askTimeoutMs = 20_000;
const oldestMajor = 20;

/** Asks a program for its version. @throws UserError when it is none of ours */
export async function assertNode(node: string): Promise<void> {
  let version: string;
  try {
    ({ stdout: version } = await run(node, ['--version'], {
      env: nodeEnvironment(),
      timeout: askTimeoutMs,
      windowsHide: true,
    }));
  } catch (error) {
    throw notNode(node, error instanceof Error ? error.message.split('\n')[0]! : String(error));
  }
  const major = Number(/^v(\d+)\.\d+\.\d+/.exec(version)?.[1]);
  if (!(major >= oldestMajor)) throw notNode(node, version.trim().split('\n')[0]!.slice(0, 80) || 'no version');
}

function notNode(node: string, got: string): UserError {
  const cure = "name another, or leave it empty for VS Code's own";
  return new UserError(
    `peftLab.nodePath: must be a Node of version ${oldestMajor} or newer, got ${node} (${got}); ${cure}`,
  );
}
