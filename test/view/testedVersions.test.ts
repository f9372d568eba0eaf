import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { testedVersions, testedWith } from '../../extension/view/testedVersions.ts';
import manifest from '../../package.json' with { type: 'json' };

describe('the versions that exports name', () => {
  it('are those that the live tests install, and the engine of this program', () => {
    const pinned = readFileSync('test/torch/requirements.txt', 'utf8').trim().split('\n');
    const { peft, transformers, safetensors, onnxruntime, gguf, nodeLlamaCpp } = testedWith;
    expect(pinned).toEqual(
      expect.arrayContaining([
        `peft==${peft}`,
        `transformers==${transformers.pinned}`,
        `safetensors==${safetensors}`,
        `gguf==${gguf}`,
        `onnxruntime==${onnxruntime.python}`,
      ]),
    );
    expect(readFileSync('scripts/testTorch.mjs', 'utf8')).toContain(`node-llama-cpp@${nodeLlamaCpp}`);
    expect(manifest.dependencies['onnxruntime-node']).toBe(onnxruntime.node);
  });

  it('are those that the docs name', () => {
    const docs = readFileSync('docs/exports.md', 'utf8').replaceAll(/\s+/g, ' ');
    const { peft, transformers, safetensors, onnxruntime, gguf, nodeLlamaCpp } = testedWith;
    for (const named of [
      `peft ${peft}`,
      `transformers ${transformers.pinned} and ${transformers.newest}`,
      `onnxruntime ${onnxruntime.node} (Node.js) and ${onnxruntime.python} (Python)`,
      `safetensors ${safetensors}`,
      `node-llama-cpp ${nodeLlamaCpp}`,
      `gguf ${gguf}`,
    ]) {
      expect(docs).toContain(named);
    }
  });

  it('do not promise that the newest transformers computes a prefix', () => {
    const { pinned, newest } = testedWith.transformers;
    expect(testedVersions('peft', false)).toContain(`transformers ${pinned} and ${newest}`);
    expect(testedVersions('peft', true)).toContain(`with transformers ${newest} this peft computes no prefix`);
  });
});
