"""The methods that peft has, as peft builds them on a BERT-like model, under this project's tensor names."""

import peft

MLP = {
    "embedding.weight": "prefix.embedding.weight",
    "transform.0.weight": "prefix.mlp.in.weight",
    "transform.0.bias": "prefix.mlp.in.bias",
    "transform.2.weight": "prefix.mlp.out.weight",
    "transform.2.bias": "prefix.mlp.out.bias",
}
WHERE = dict(query="attention.self.query", key="attention.self.key", value="attention.self.value",
             output="attention.output.dense", up="intermediate.dense", down=r"\d+.output.dense")


def config(name, options):
    if name == "ln-tuning":
        return peft.LNTuningConfig(task_type="SEQ_CLS", target_modules=["LayerNorm"])
    if name == "lora":
        targets = r".*\.(" + "|".join(WHERE[target] for target in options["targets"]) + ")"
        return peft.LoraConfig(
            task_type="SEQ_CLS", r=options["rank"], lora_alpha=options["alpha"], lora_dropout=0.0, target_modules=targets
        )
    if name == "ia3":
        without = [] if options["attention_output"] else ["attention.output.dense"]
        return peft.IA3Config(
            task_type="SEQ_CLS",
            target_modules=["key", "value", "output.dense"],
            feedforward_modules=["output.dense"],
            exclude_modules=without or None,
        )
    return peft.PrefixTuningConfig(
        task_type="SEQ_CLS",
        num_virtual_tokens=options["length"],
        prefix_projection=options["mlp"],
        encoder_hidden_size=options["mlp_width"],
    )


def with_peft(model, name, options):
    """The model with the method on it, and its tensors: our name -> (parameter, columns of it)."""
    path = f"{model.base_model_prefix}."
    width, layers = model.config.hidden_size, model.config.num_hidden_layers
    tuned = peft.get_peft_model(model, config(name, options)).eval()
    everything = slice(None)
    if name != "prefix":
        mark = {"lora": "lora_", "ia3": "ia3_l", "ln-tuning": "ln_tuning_layers"}[name]
        bare = lambda key: key.split(path, 1)[1].replace(".default", "").replace("ln_tuning_layers.", "")
        return tuned, {bare(key): (p, everything) for key, p in tuned.named_parameters() if mark in key}
    parameters = dict(tuned.prompt_encoder["default"].named_parameters())
    if options["mlp"]:
        return tuned, {MLP[key]: (parameter, everything) for key, parameter in parameters.items()}
    [table] = parameters.values()  # [l, 2*L*D], columns K0, V0, K1, V1, ...
    return tuned, {
        f"prefix.layer.{i // 2}.{'value' if i % 2 else 'key'}": (table, (everything, slice(i * width, (i + 1) * width)))
        for i in range(2 * layers)
    }
