"""Tiny random models of each architecture as Hugging Face folders."""

import pathlib
import shutil

import torch
import transformers
from transformers import (
    AlbertConfig,
    BertConfig,
    CamembertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    MPNetConfig,
    RobertaConfig,
    XLMRobertaConfig,
)

TOKENIZERS = pathlib.Path(__file__).parents[1] / "golden" / "tokenizers"
PREFIX = {
    "bert": "Bert",
    "roberta": "Roberta",
    "xlm-roberta": "XLMRoberta",
    "camembert": "Camembert",
    "distilbert": "DistilBert",
    "electra": "Electra",
    "albert": "Albert",
    "mpnet": "MPNet",
    "modernbert": "ModernBert",
    "deberta-v2": "DebertaV2",
    "deberta-v2-unshared": "DebertaV2",
}
# Other tokenizers than WordPiece.
TOKENIZER = {"roberta": "bytelevel", "mpnet": "bytelevel"} | dict.fromkeys(
    ("xlm-roberta", "camembert", "deberta-v2", "deberta-v2-unshared"), "sentencepiece"
)
SUFFIX = {
    "sequence": "ForSequenceClassification",
    "token": "ForTokenClassification",
    "masked-lm": "ForMaskedLM",
}


def config_of(family, vocabulary, labels):
    sizes = dict(
        vocab_size=vocabulary,
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=48,
        max_position_embeddings=64,
        num_labels=labels,
    )
    if family == "distilbert":
        return DistilBertConfig(
            vocab_size=vocabulary,
            dim=32,
            n_layers=3,
            n_heads=4,
            hidden_dim=48,
            max_position_embeddings=64,
            num_labels=labels,
            activation="relu",
        )
    special = dict(type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5)
    if family == "roberta":
        return RobertaConfig(**sizes, **special, hidden_act="gelu_new")
    if family == "xlm-roberta":
        return XLMRobertaConfig(**sizes, **special)
    if family == "camembert":
        return CamembertConfig(**sizes, **special)
    if family == "modernbert":
        ids = dict(pad_token_id=0, cls_token_id=2, sep_token_id=3, bos_token_id=2, eos_token_id=3)
        biases = {f"{part}_bias": True for part in ("norm", "attention", "mlp")}
        return ModernBertConfig(**sizes, **ids, **biases, local_attention=8, classifier_pooling="mean")
    if family.startswith("deberta-v2"):
        relative = dict(relative_attention=True, pos_att_type=["p2c", "c2p"], pad_token_id=1)
        if family == "deberta-v2":
            v3 = dict(position_buckets=16, share_att_key=True, norm_rel_ebd="layer_norm", position_biased_input=False)
            return DebertaV2Config(**sizes, **relative, **v3, legacy=False)
        return DebertaV2Config(**sizes, **relative, max_relative_positions=9, embedding_size=20, type_vocab_size=2)
    if family == "albert":
        return AlbertConfig(**sizes, embedding_size=20, num_hidden_groups=3)
    if family == "mpnet":
        return MPNetConfig(**sizes)
    if family == "electra":
        return ElectraConfig(**sizes, embedding_size=20, hidden_act="gelu_pytorch_tanh")
    return BertConfig(**sizes)


def make_model(folder, family, head, labels, seed):
    """Writes a model whose tensors are all away from their initial values: gains differ from one, biases from zero."""
    tokenizer = TOKENIZERS / TOKENIZER.get(family, "wordpiece")
    vocabulary = len(transformers.AutoTokenizer.from_pretrained(tokenizer))
    model = getattr(transformers, PREFIX[family] + SUFFIX[head])(config_of(family, vocabulary, labels))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            noise = 0.2 * torch.randn(tensor.shape, generator=generator)
            tensor.copy_(1 + noise if tensor.dim() == 1 and name.endswith("weight") else noise)
    model.save_pretrained(folder)
    for file in tokenizer.glob("*.json"):
        shutil.copy(file, folder)
