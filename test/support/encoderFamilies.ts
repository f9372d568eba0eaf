/** Encoders with an arithmetic of their own, as the witnesses in Python name them: a new one is asked everywhere. */
export const encoderFamilies = [
  'bert',
  'roberta',
  'distilbert',
  'electra',
  'albert',
  'mpnet',
  'modernbert',
  'deberta-v2',
  'deberta-v2-unshared',
] as const;

/** With those that compute as RoBERTa does and are called otherwise. */
export const namedEncoders = [...encoderFamilies, 'xlm-roberta', 'camembert'] as const;
