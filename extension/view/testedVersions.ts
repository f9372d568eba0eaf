import type { ExportFormat } from '../contract/exportFormat.ts';

/**
 * Versions of the libraries that loaded exported folders, with the same logits where they compute any: of transformers
 * the one that the live tests are pinned to, and the newest; of onnxruntime those for Node.js (each export is reopened
 * with it) and Python.
 */
export const testedWith = {
  peft: '0.21.2',
  transformers: { pinned: '5.23.0', newest: '5.24.0' },
  onnxruntime: { node: '1.30.0', python: '1.32.0' },
  safetensors: '0.8.0',
  gguf: '0.19.0',
  nodeLlamaCpp: '3.21.1',
} as const;

const { peft, transformers, onnxruntime, safetensors, gguf, nodeLlamaCpp } = testedWith;

/**
 * Which versions load an exported folder, and which do not, in one sentence without its full stop.
 * @param hasPrefix whether a prefix is among the methods: peft looks for `past_key_values` among the arguments of a
 * model, which transformers renamed to `cache`, and then refuses any prefix, one of its own too
 */
export function testedVersions(format: ExportFormat, hasPrefix: boolean): string {
  switch (format) {
    case 'peft':
      return hasPrefix
        ? `tested with peft ${peft} and transformers ${transformers.pinned}; with transformers ${transformers.newest} this peft computes no prefix (“Model does not support past key values”): install ${transformers.pinned}, or export as onnx`
        : `tested with peft ${peft} and transformers ${transformers.pinned} and ${transformers.newest}`;
    case 'merged':
      return `tested with transformers ${transformers.pinned} and ${transformers.newest}`;
    case 'onnx':
      return `tested with onnxruntime ${onnxruntime.node} (Node.js) and ${onnxruntime.python} (Python)`;
    case 'gguf':
      return `tested with llama.cpp (node-llama-cpp ${nodeLlamaCpp}), gguf ${gguf} (Python) and transformers ${transformers.pinned}`;
    case 'native':
      return `tested with safetensors ${safetensors} (Python)`;
  }
}
