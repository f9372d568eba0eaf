/** How a tuned model can be written. */
export const exportFormats = ['peft', 'merged', 'onnx', 'native'] as const;

export type ExportFormat = (typeof exportFormats)[number];
