import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('what people type first', () => {
  it.runIf(process.platform !== 'win32')('has npm say nothing of its settings, and run no script of a package', () => {
    const { stdout, stderr } = spawnSync('npm', ['config', 'get', 'ignore-scripts'], { cwd: root, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'true\n', stderr: '' });
  });

  it('needs no script of a package: onnxruntime would download CUDA in its own', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { scripts: object };
    // npm leaves these out too.
    expect(Object.keys(scripts).filter((name) => /^(pre|post)/.test(name))).toEqual([]);
    const binaries = path.join(root, 'node_modules/onnxruntime-node/bin/napi-v6', process.platform, process.arch);
    expect(existsSync(path.join(binaries, 'onnxruntime_binding.node'))).toBe(true);
  });

  it('says in one line that a clone has not been built', () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, 'bin'));
    const program = path.join(folder, 'bin', 'peft-lab.cjs');
    copyFileSync(path.join(root, 'bin', 'peft-lab.cjs'), program);
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'runs'], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^peft-lab: not built yet: .*trainer\.cjs is missing; run `npm run build` first\n$/);
  });
});
