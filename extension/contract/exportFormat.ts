/** How a tuned model can be written. */
export const exportFormats = ['peft', 'merged', 'onnx', 'gguf', 'native'] as const;

export type ExportFormat = (typeof exportFormats)[number];

/** How the matrices of a GGUF file can be written; vectors are always f32. */
export const ggufDtypes = ['f16', 'f32', 'q8_0'] as const;

export type GgufDtype = (typeof ggufDtypes)[number];

/** Several runs on one base: one ONNX model, and a small file for each run. */
export const adaptersFormat = 'onnx-adapters';
