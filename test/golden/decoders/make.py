"""Makes tiny random Hugging Face decoders, and the logits and gradients that transformers computes with them.

Run from this folder with torch, transformers and safetensors installed: python make.py
Versions used for the committed files: torch 2.13.0, transformers 5.23.0.
"""

import json
import pathlib
import shutil

import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    Qwen2Config,
    Qwen3Config,
)

here = pathlib.Path(__file__).parent
VOCABULARY = 60
LENGTHS = [7, 3, 5]  # rows of one batch, padded on the right

gated = dict(
    vocab_size=VOCABULARY,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    intermediate_size=24,
    max_position_embeddings=32,
)
llama3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=8)
# Texts of the batch are longer than 3 tokens, which these were first trained on; one layer, odd sizes.
odd = dict(vocab_size=VOCABULARY, hidden_size=18, num_hidden_layers=1, num_attention_heads=3, num_key_value_heads=1,
           head_dim=10, intermediate_size=11, max_position_embeddings=32)
yarn = dict(rope_type="yarn", factor=8.0, original_max_position_embeddings=3)
models = {
    # Conv1D weights, query, key and value in one tensor, the word table as output weights
    "gpt2": GPT2Config(vocab_size=VOCABULARY, n_embd=16, n_layer=2, n_head=2, n_positions=12,
                       bos_token_id=0, eos_token_id=0),
    # what GPT-2's config can change about the forward pass, and a head of its own
    "gpt2-variant": GPT2Config(vocab_size=VOCABULARY, n_embd=16, n_layer=2, n_head=2, n_positions=12, n_inner=20,
                               activation_function="relu", scale_attn_weights=False,
                               scale_attn_by_inverse_layer_idx=True, tie_word_embeddings=False,
                               bos_token_id=0, eos_token_id=0),
    "llama": LlamaConfig(**gated, rope_parameters=dict(rope_theta=10000.0, **llama3), tie_word_embeddings=False),
    # stored as bf16: the logits are those of the rounded weights
    "qwen2": Qwen2Config(**gated, tie_word_embeddings=True),
    # heads of another width than hidden / heads, and norms of queries and keys
    "qwen3": Qwen3Config(**gated, head_dim=8, tie_word_embeddings=True),
    # every key and value that a row of the batch reads lies in the window, a prefix of 3 included
    "mistral": MistralConfig(**gated, sliding_window=10, tie_word_embeddings=False),
    # stored beside a word table of other values, where config.json says that they are one: they are not tied
    "gpt2-untied": GPT2Config(vocab_size=VOCABULARY, n_embd=16, n_layer=1, n_head=2, n_positions=12,
                              tie_word_embeddings=False, bos_token_id=0, eos_token_id=0),
    "qwen2-untied": Qwen2Config(**gated | dict(num_hidden_layers=1), tie_word_embeddings=False),
    "rope-linear": LlamaConfig(**odd, rope_parameters=dict(rope_type="linear", factor=3.0, rope_theta=500.0)),
    # no text is longer than max_position_embeddings: nothing is stretched
    "rope-dynamic": LlamaConfig(**odd, rope_parameters=dict(rope_type="dynamic", factor=3.0, rope_theta=500.0)),
    "rope-yarn": LlamaConfig(**odd, rope_parameters=dict(**yarn, rope_theta=500.0, beta_fast=2.0, beta_slow=0.05)),
    "rope-yarn-scales": LlamaConfig(**odd, rope_parameters=dict(**yarn, rope_theta=20.0, mscale=0.7, beta_fast=0.4,
                                                                beta_slow=0.1, mscale_all_dim=0.3, truncate=False)),
    "rope-yarn-factor": LlamaConfig(**odd, rope_parameters=dict(**yarn, rope_theta=500.0, attention_factor=1.4)),
}
# Folders whose config.json is rewritten as transformers before 5 wrote it.
EARLIER = {"mistral", "rope-linear", "rope-dynamic", "rope-yarn"}

# Folders whose config.json claims that the output weights are the word table.
UNTIED = {"gpt2-untied", "qwen2-untied"}


def write_earlier(path):
    """`rope_theta` beside `rope_scaling` with `type`, in place of `rope_parameters`."""
    config = json.loads(path.read_text())
    scaling = config.pop("rope_parameters")
    config["rope_theta"] = scaling.pop("rope_theta")
    kind = scaling.pop("rope_type")
    config["rope_scaling"] = None if kind == "default" else dict(type=kind, **scaling)
    path.write_text(json.dumps(config, indent=2) + "\n")


def randomized(model):
    """Moves every parameter away from its special first value (zero biases, unit gains)."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape))
    return model.eval()


def batch():
    generator = torch.Generator().manual_seed(7)
    ids = torch.zeros((len(LENGTHS), max(LENGTHS)), dtype=torch.long)
    mask = torch.zeros_like(ids)
    for row, length in enumerate(LENGTHS):
        ids[row, :length] = torch.randint(2, VOCABULARY, (length,), generator=generator)
        mask[row, :length] = 1
    positions = (mask.cumsum(1) - 1) * mask
    return dict(input_ids=ids, attention_mask=mask, position_ids=positions)


def rounded(tensor):
    return [float(f"{x:.8g}") for x in tensor.flatten().tolist()]


golden = {}
for name, config in models.items():
    torch.manual_seed(0)
    model = randomized(AutoModelForCausalLM.from_config(config))
    if name == "qwen2":
        model = model.bfloat16()
    folder = here / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    if name in EARLIER:
        write_earlier(folder / "config.json")
        again = AutoModelForCausalLM.from_pretrained(folder)
        assert torch.equal(again(**batch()).logits, model(**batch()).logits), "the earlier form says the same"
    if name in UNTIED:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | dict(tie_word_embeddings=True), indent=2) + "\n")
        model = AutoModelForCausalLM.from_pretrained(folder).eval()
        assert not torch.equal(model.lm_head.weight, model.get_input_embeddings().weight), "what is stored counts"
    model = model.float()
    if name == "gpt2":  # buffers, as older versions of the library saved them
        weights = folder / "model.safetensors"
        tensors = load_file(weights)
        for layer in range(2):
            tensors[f"transformer.h.{layer}.attn.bias"] = torch.ones(1, 1, 12, 12).tril()
        save_file(tensors, weights, metadata={"format": "pt"})
    feeds = batch()
    logits = model(**feeds).logits
    real = feeds["attention_mask"].bool()
    if name == "mistral":  # a text as long as the window is read as without one, a longer one is not
        for window, same in ((None, True), (max(LENGTHS) - 1, False), (max(LENGTHS), True)):
            model.config.sliding_window = window
            assert torch.equal(model(**feeds).logits[real], logits[real]) == same, window
    # The summed loss of every real token but the first of its row, each predicted by the one before it.
    labels = torch.full_like(feeds["input_ids"], -100)
    labels[:, :-1] = torch.where(real[:, 1:], feeds["input_ids"][:, 1:], -100)
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")
    loss.backward()
    # A head for three classes on the same backbone, which reads each row's last token; 0 pads, no text has it.
    config.num_labels, config.pad_token_id = 3, 0
    scorer = AutoModelForSequenceClassification.from_config(config).float().eval()
    scorer.base_model.load_state_dict(model.base_model.state_dict())
    with torch.no_grad():
        scorer.score.weight.normal_()
        scores = scorer(**feeds).logits
    golden[name] = {
        "score": rounded(scorer.score.weight),
        "scores": rounded(scores),
        "feeds": {key: value.tolist() for key, value in feeds.items()},
        # of real tokens alone, row by row
        "logits": rounded(logits[real]),
        "labels": labels.tolist(),
        "loss": loss.item(),
        # of the gains and biases of all norms, by their names in the checkpoint
        "gradients": {
            key: rounded(parameter.grad)
            for key, parameter in model.named_parameters()
            if "norm" in key or "ln_" in key
        },
    }

(here / "logits.json").write_text(json.dumps(golden) + "\n")
