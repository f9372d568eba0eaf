/** The files of a PEFT adapter folder. */
export const peftFiles = { config: 'adapter_config.json', tensors: 'adapter_model.safetensors' } as const;
