/** The files of a PEFT adapter folder. */
export const peftFiles = { config: 'adapter_config.json', tensors: 'adapter_model.safetensors' } as const;

/**
 * What precedes a module's path in the keys. Prompt methods wrap the model once, the others twice.
 * @see https://huggingface.co/docs/peft/developer_guides/checkpoint
 */
export const keyPrefix = (peftType: string): string =>
  peftType === 'PREFIX_TUNING' ? 'base_model.' : 'base_model.model.';

/** [l, 2·L·d], columns K0, V0, K1, V1, …: flat, whatever trained it. */
export const promptKey = 'prompt_embeddings';
