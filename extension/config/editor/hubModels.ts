/** Models of the hub that are known to work, small ones first: encoders, then those that write text. */
export const hubModels: readonly { readonly id: string; readonly detail: string }[] = [
  { id: 'distilbert/distilbert-base-uncased', detail: '66 million parameters, English' },
  { id: 'google-bert/bert-base-uncased', detail: '110 million parameters, English' },
  { id: 'FacebookAI/roberta-base', detail: '125 million parameters, English' },
  { id: 'answerdotai/ModernBERT-base', detail: '150 million parameters, English' },
  { id: 'google/electra-small-discriminator', detail: '14 million parameters, English' },
  { id: 'almanach/camembert-base', detail: '111 million parameters, French' },
  { id: 'FacebookAI/xlm-roberta-base', detail: '278 million parameters, 100 languages' },
  { id: 'google-bert/bert-base-multilingual-cased', detail: '178 million parameters, 104 languages' },
  { id: 'HuggingFaceTB/SmolLM2-135M-Instruct', detail: '135 million parameters, writes English' },
  { id: 'Qwen/Qwen2.5-0.5B-Instruct', detail: '494 million parameters, writes 29 languages' },
];
