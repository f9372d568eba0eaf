const caps = 'its attention scores are capped (attn_logit_softcapping)';
const gains = 'its norms multiply by 1 + gain and its embeddings by √D';
const experts = 'each token goes to a few of many networks (experts)';
const latent = 'keys and values are kept at low rank (MLA)';
const fused = 'query, key and value lie in one weight';
const both = 'two kinds of rotary positions alternate, and windows between';

/** What is not built of models that people ask for, by their `model_type`. */
const obstacles: Readonly<Record<string, string>> = {
  deberta: `${fused}, biases apart from it (DeBERTa-v2 and v3 are built)`,
  nomic_bert: 'its post-norm blocks have rotary positions and gated networks, and query, key and value in one weight',
  'xlm-roberta-xl': 'its norms stand before attention and network, not behind them',
  'modernbert-decoder': "ModernBERT's blocks read no later tokens there",
  gemma: gains,
  gemma2: `${gains}, ${caps}`,
  gemma3: `${gains}, ${both}`,
  gemma3_text: `${gains}, ${both}`,
  phi: 'attention and feed-forward network of a block run side by side, and positions turn part of a head',
  phi3: `${fused}, as do gate and up`,
  phimoe: experts,
  mixtral: experts,
  qwen2_moe: experts,
  qwen3_moe: experts,
  deepseek_v2: `${latent}, ${experts}`,
  deepseek_v3: `${latent}, ${experts}`,
  ministral: 'some of its blocks read through a window and others do not',
};

/** Why a `model_type` that is known by name cannot be run. */
export const obstacleOf = (type: unknown): string | undefined =>
  typeof type === 'string' && Object.hasOwn(obstacles, type) ? obstacles[type] : undefined;
