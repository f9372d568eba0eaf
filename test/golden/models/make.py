"""Makes tiny random Hugging Face model folders and the logits that transformers computes with them.

Run from this folder with torch, transformers, safetensors and tokenizers installed: python make.py
Versions used for the committed files: torch 2.13.0, transformers 5.23.0.
"""

import json
import pathlib
import shutil

import torch
import transformers
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
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

here = pathlib.Path(__file__).parent
VOCABULARY = 60
LABELS = 3
LENGTHS = [7, 3, 5]  # rows of one batch: two of them are padded

sizes = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=24,
    max_position_embeddings=12,
    num_labels=LABELS,
)
odd = sizes | dict(hidden_size=15, num_hidden_layers=3, num_attention_heads=3, intermediate_size=21)
special = dict(pad_token_id=1, type_vocab_size=1, layer_norm_eps=1e-5)
disentangled = odd | dict(relative_attention=True, pos_att_type="p2c|c2p")
gated = sizes | dict(hidden_size=18, num_hidden_layers=4, num_attention_heads=3, intermediate_size=21)
gated |= dict(local_attention=4, pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2)
configs = {
    "bert": BertConfig(**sizes),
    "roberta": RobertaConfig(**sizes, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5, hidden_act="gelu_new"),
    "distilbert": DistilBertConfig(
        vocab_size=VOCABULARY,
        dim=16,
        n_layers=2,
        n_heads=2,
        hidden_dim=24,
        max_position_embeddings=12,
        num_labels=LABELS,
        activation="relu",
    ),
    "electra": ElectraConfig(**sizes, embedding_size=8),
    "xlm-roberta": XLMRobertaConfig(**odd, **special),
    "camembert": CamembertConfig(**odd, **special),
    "albert": AlbertConfig(**odd, embedding_size=8),
    "albert-groups": AlbertConfig(**odd, embedding_size=15, num_hidden_groups=2, inner_group_num=2),
    "mpnet": MPNetConfig(**odd),
    "modernbert": ModernBertConfig(**gated, classifier_pooling="mean"),
    "modernbert-biased": ModernBertConfig(
        **gated,
        **{f"{part}_bias": True for part in ("norm", "attention", "mlp", "classifier")},
        decoder_bias=False,
        layer_types=["sliding_attention", "full_attention", "sliding_attention", "sliding_attention"],
        rope_parameters={
            "full_attention": {"rope_type": "default", "rope_theta": 500.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 30.0},
        },
    ),
    # As v3 has it; positions two by two beyond 2.
    "deberta-v2": DebertaV2Config(
        **disentangled,
        position_buckets=4,
        share_att_key=True,
        norm_rel_ebd="layer_norm",
        position_biased_input=False,
        legacy=False,
    ),
    # Places beyond 3 are one, with layers of their own; absolute ones too.
    "deberta-v2-unshared": DebertaV2Config(
        **disentangled, max_relative_positions=3, embedding_size=8, type_vocab_size=2, pooler_hidden_act="relu"
    ),
    "deberta-v2-absolute": DebertaV2Config(**odd, pos_att_type=["c2p"]),
}
prefix = {
    "bert": "Bert",
    "roberta": "Roberta",
    "distilbert": "DistilBert",
    "electra": "Electra",
    "xlm-roberta": "XLMRoberta",
    "camembert": "Camembert",
    "albert": "Albert",
    "albert-groups": "Albert",
    "mpnet": "MPNet",
    "modernbert": "ModernBert",
    "modernbert-biased": "ModernBert",
    "deberta-v2": "DebertaV2",
    "deberta-v2-unshared": "DebertaV2",
    "deberta-v2-absolute": "DebertaV2",
}
# Families whose gradients are kept too: their blocks are not BERT's.
own_blocks = ("albert", "albert-groups", "mpnet", "modernbert", "modernbert-biased", "deberta-v2", "deberta-v2-unshared")
kept = ("norm", "relative_attention_bias", "rel_embeddings", "pos_key_proj.weight", "pos_query_proj")
# Positions that begin behind the padding's.
shifted = ("roberta", "xlm-roberta", "camembert", "mpnet")
heads = {
    "sequence": "ForSequenceClassification",
    "token": "ForTokenClassification",
    "masked-lm": "ForMaskedLM",
}


def batch(family):
    """Token ids, token types, mask and position ids as a batcher would make them."""
    generator = torch.Generator().manual_seed(7)
    pad = configs[family].pad_token_id
    width = max(LENGTHS)
    ids = torch.full((len(LENGTHS), width), pad)
    types = torch.zeros_like(ids)
    mask = torch.zeros_like(ids)
    positions = torch.zeros_like(ids)
    offset = pad + 1 if family in shifted else 0
    if family in shifted:
        positions += pad
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.randint(2, VOCABULARY, (length,), generator=generator)
        mask[row, :length] = 1
        positions[row, :length] = torch.arange(offset, offset + length)
        if family in ("bert", "electra", "albert", "albert-groups", "deberta-v2-unshared"):
            types[row, length // 2 : length] = 1
    return dict(input_ids=ids, token_type_ids=types, attention_mask=mask, position_ids=positions)


def randomized(model):
    """Every tensor away from its initial value: gains differ from one, biases from zero."""
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            noise = torch.randn(tensor.shape, generator=torch.Generator().manual_seed(len(name) + tensor.numel()))
            gain = tensor.dim() == 1 and name.endswith("weight")
            tensor.copy_(1 + 0.2 * noise if gain else 0.2 * noise)
    return model.eval()


def numbers(tensor):
    return [float(f"{x:.8g}") for x in tensor.flatten().tolist()]


def save_tokenizer(folder):
    tokenizer = Tokenizer(models.WordLevel({f"w{i}": i for i in range(VOCABULARY)}, unk_token="w0"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}\n')


golden = {}
for family, config in configs.items():
    for head, suffix in heads.items():
        name = f"{family}-{head}"
        torch.manual_seed(0)
        model = randomized(getattr(transformers, prefix[family] + suffix)(config))
        folder = here / name
        shutil.rmtree(folder, ignore_errors=True)
        sharded = name == "bert-token"
        if name == "electra-sequence":
            model = model.half()
        model.save_pretrained(folder, max_shard_size="6KB" if sharded else "1GB")
        model = model.float()
        save_tokenizer(folder)

        weights = folder / "model.safetensors"
        if name == "bert-masked-lm":  # names as TensorFlow-era checkpoints have them, with buffers and a second head
            tensors = load_file(weights)
            legacy = {
                key.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
                for key, tensor in tensors.items()
            }
            legacy["bert.embeddings.position_ids"] = torch.arange(12).unsqueeze(0)
            legacy["cls.seq_relationship.weight"] = torch.zeros(2, 16)
            legacy["cls.seq_relationship.bias"] = torch.zeros(2)
            legacy["cls.predictions.decoder.weight"] = tensors["bert.embeddings.word_embeddings.weight"].clone()
            save_file(legacy, weights, metadata={"format": "pt"})
        if name == "roberta-token":  # bfloat16; the logits below are those of the rounded weights
            rounded = {key: tensor.bfloat16() for key, tensor in load_file(weights).items()}
            save_file(rounded, weights, metadata={"format": "pt"})
            model.load_state_dict({key: tensor.float() for key, tensor in rounded.items()}, strict=False)

        inputs = batch(family)
        given = dict(inputs)
        if family in ("distilbert", "mpnet", "modernbert", "modernbert-biased"):
            given.pop("token_type_ids")
        with torch.no_grad():
            logits = model(**given).logits
        golden[name] = {
            "feeds": {key: value.tolist() for key, value in inputs.items()},
            "shape": list(logits.shape),
            "logits": numbers(logits),
        }
        if head == "sequence" and family in own_blocks:
            labels = torch.tensor([2, 0, 1])
            loss = torch.nn.functional.cross_entropy(model(**given).logits, labels, reduction="sum")
            loss.backward()
            golden[name] |= {
                "labels": labels.tolist(),
                "loss": loss.item(),
                "gradients": {
                    key: numbers(tensor.grad)
                    for key, tensor in model.base_model.named_parameters()
                    if any(part in key.lower() for part in kept)
                },
            }

(here / "logits.json").write_text(json.dumps(golden) + "\n")
