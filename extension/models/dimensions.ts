/** Families that can be trained; `gpt2` is there for counting only. */
export type Architecture = 'bert' | 'roberta' | 'distilbert' | 'electra' | 'gpt2';

/** What a `config.json` says about a model's size: all that counting and building need. */
export interface ModelDimensions {
  readonly architecture: Architecture;
  readonly layers: number;
  /** D */
  readonly hidden: number;
  /** H */
  readonly heads: number;
  /** F, width of the feed-forward network. */
  readonly ffn: number;
  readonly vocabulary: number;
  /** Width of the embeddings and their norm; ELECTRA's may be narrower than `hidden`. */
  readonly embedding: number;
  /** Rows of the position table. */
  readonly positionRows: number;
  /** Position id of the first token: 0, or padTokenId + 1 for RoBERTa. */
  readonly positionOffset: number;
  /** 0 where the architecture has no token types. */
  readonly tokenTypes: number;
  readonly activation: 'gelu' | 'gelu_new' | 'gelu_pytorch_tanh' | 'relu';
  readonly layerNormEpsilon: number;
  readonly hiddenDropout: number;
  readonly attentionDropout: number;
  /** Before the classifier. */
  readonly classifierDropout: number;
  readonly padTokenId: number;
  readonly initializerRange: number;
}

/** Longest sequence (special tokens included) that the position table allows. */
export const maxSequence = (model: ModelDimensions): number => model.positionRows - model.positionOffset;
