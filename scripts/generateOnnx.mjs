/**
 * Regenerates extension/engines/onnx/generated/onnx_pb.ts from onnx.proto beside it: `node scripts/generateOnnx.mjs`.
 *
 * onnx.proto is the file of the PyPI package `onnx` 1.23.2 (`onnx/onnx.proto`, Apache-2.0), unchanged; to update it,
 * copy a newer one over it. Works offline: the compiler is `buf`, the generator protoc-gen-es.
 */
import { execFileSync } from 'node:child_process';
import { root, tool } from './setup.mjs';

const folder = 'extension/engines/onnx/generated';
const template = {
  version: 'v2',
  plugins: [{ local: tool('protoc-gen-es'), out: folder, opt: ['target=ts', 'import_extension=ts'] }],
};
execFileSync(tool('buf'), ['generate', folder, '--template', JSON.stringify(template)], {
  cwd: root,
  stdio: 'inherit',
});
