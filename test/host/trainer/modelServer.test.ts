import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ModelServer } from '../../../extension/host/trainer/modelServer.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

it.runIf(process.platform !== 'win32')(
  'says by which signal a model server was killed, with its last words',
  async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'server.mjs');
    writeFileSync(
      file,
      "process.stdin.once('data', () => { process.stderr.write('loading\\n', () => process.kill(process.pid, 'SIGKILL')); });",
    );
    const server = new ModelServer({ node: process.execPath, nodeArguments: [file] }, folder);
    await expect(server.ask('run', 'a text')).rejects.toThrow(
      /^the trainer ended by SIGKILL \(by hand, or by the system when memory ran out\)\. loading$/,
    );
  },
);
