"""The Scribe's reference: tiny Llama models built with `transformers`, and what they answer.

    python crates/engine/reference/scribe.py golden crates/engine/tests/golden/scribe
    python crates/engine/reference/scribe.py sized /tmp/four-million      # a random model to measure speed with

`golden` writes one folder a variant, each exactly as `save_pretrained` lays it out (config, generation config,
tokenizer, weights), plus `expected.safetensors`: what each block takes in and gives out, the final logits and a greedy
continuation computed with and without a cache. `samplers.json` comes from `scribe_samplers.py` beside this file.
Needs torch, transformers, tokenizers, safetensors, numpy; runs in under a minute on one thread.
"""

import json
import os
import shutil
import sys

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM

import scribe_samplers

TALES = [
    "Once a fox met a crow by the river. The crow sang, and the fox laughed.",
    "Once a crow met a mouse by the barn. The mouse ran, and the crow laughed.",
    "An old owl told the mouse: be kind, and the night will be kind to you.",
    "The fox shared his bread with the owl. Since then they are friends.",
    "Käse, crème brûlée — and a fox 🦊 who said “no”.",
]
BEGINNING, END, USER, SCRIBE = "<s>", "</s>", "<|user|>", "<|scribe|>"
VOCABULARY_SIZE = 320  # 256 bytes, four marks, sixty merges: small, yet words span tokens and tokens span bytes
CONTINUATION_TOKENS = 24
PROMPT = "Once a fox met"


def train_tokenizer():
    """A byte-level BPE as GPT-2, Llama 3 and throng-fables use it; encoding puts the beginning mark first."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        special_tokens=[BEGINNING, END, USER, SCRIBE],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TALES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BEGINNING} $A", special_tokens=[(BEGINNING, tokenizer.token_to_id(BEGINNING))]
    )
    return tokenizer


def configuration(vocabulary_size, **changes):
    settings = dict(
        vocab_size=vocabulary_size,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        rms_norm_eps=1e-5,
        bos_token_id=0,
        eos_token_id=1,
        initializer_range=0.1,
        attn_implementation="eager",
    )
    settings.update(changes)
    return LlamaConfig(**settings)


def practise(model, tokenizer, steps):
    """A short training, so that the greedy choice has a clear margin and the text can be read."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=6e-3)
    lines = [torch.tensor([tokenizer.encode(tale).ids + [1]]) for tale in TALES]
    for step in range(steps):
        line = lines[step % len(lines)]
        loss = model(input_ids=line, labels=line).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return loss.item()


def record_blocks(model, ids):
    """Runs the model once and keeps what every block took in and gave out."""
    seen = {}

    def keep(name):
        def hook(_module, _inputs, output):
            seen[name] = (output[0] if isinstance(output, tuple) else output).detach()
        return hook

    core = model.model
    handles = [
        core.embed_tokens.register_forward_hook(keep("embeddings")),
        core.norm.register_forward_hook(keep("final_norm")),
    ]
    for index, layer in enumerate(core.layers):
        handles += [
            layer.input_layernorm.register_forward_hook(keep(f"{index}.attention_in")),
            layer.self_attn.register_forward_hook(keep(f"{index}.attention_out")),
            layer.post_attention_layernorm.register_forward_hook(keep(f"{index}.mlp_in")),
            layer.mlp.register_forward_hook(keep(f"{index}.mlp_out")),
            layer.register_forward_hook(keep(f"{index}.hidden")),
        ]
    with torch.no_grad():
        seen["logits"] = model(input_ids=ids, use_cache=False).logits
        cosines, sines = core.rotary_emb(seen["embeddings"], torch.arange(ids.shape[1])[None])
    for handle in handles:
        handle.remove()
    seen["cosines"], seen["sines"] = cosines, sines
    # The batch of one is dropped: the Scribe writes one text at a time.
    return {name: tensor[0].float().contiguous().clone() for name, tensor in seen.items()}


def continue_greedily(model, ids):
    """The likeliest tokens, by full recomputation and again with a cache; the two must agree, with room to spare."""
    full = ids.clone()
    logits_by_step = []
    with torch.no_grad():
        for _ in range(CONTINUATION_TOKENS):
            logits = model(input_ids=full, use_cache=False).logits[0, -1]
            top = torch.topk(logits, 2).values
            assert top[0] - top[1] > 1e-2, "too close to call: choose another seed"
            logits_by_step.append(logits)
            full = torch.cat([full, logits.argmax().reshape(1, 1)], dim=1)
        cached, cache, step_in = [], None, ids
        for _ in range(CONTINUATION_TOKENS):
            answer = model(input_ids=step_in, past_key_values=cache, use_cache=True)
            cache = answer.past_key_values
            chosen = answer.logits[0, -1].argmax()
            cached.append(int(chosen))
            step_in = chosen.reshape(1, 1)
    fresh = full[0, ids.shape[1]:].tolist()
    assert fresh == cached, (fresh, cached)
    return fresh, torch.stack(logits_by_step)


def rewrite_in_the_old_style(folder):
    """config.json as `transformers` wrote it before version 5: `rope_theta` and `rope_scaling` at the top."""
    path = os.path.join(folder, "config.json")
    config = json.load(open(path))
    rope = config.pop("rope_parameters")
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope if rope.get("rope_type") != "default" else None
    config["torch_dtype"] = config.pop("dtype")
    json.dump(config, open(path, "w"), indent=2)


def write_variant(folder, seed, tokenizer, dtype, old_style=False, shards=False, **changes):
    shutil.rmtree(folder, ignore_errors=True)
    torch.manual_seed(seed)
    model = LlamaForCausalLM(configuration(tokenizer.get_vocab_size(), **changes))
    for name, tensor in model.named_parameters():
        if name.endswith("proj.bias"):
            torch.nn.init.normal_(tensor, std=0.2)  # zeros would hide a forgotten bias
    loss = practise(model, tokenizer, steps=240)
    # What is stored is rounded to the stored type; the reference computes in f32 from exactly that.
    model = model.to(dtype)
    model.save_pretrained(folder, **({"max_shard_size": "60KB"} if shards else {}))
    tokenizer.save(os.path.join(folder, "tokenizer.json"))
    if old_style:
        rewrite_in_the_old_style(folder)
    model = model.float().eval()
    ids = torch.tensor([tokenizer.encode(PROMPT).ids])
    expected = record_blocks(model, ids)
    tokens, logits = continue_greedily(model, ids)
    expected["greedy_logits"] = logits.float().contiguous()
    expected["prompt_ids"] = ids[0].float()
    expected["greedy_ids"] = torch.tensor(tokens, dtype=torch.float32)
    save_file(expected, os.path.join(folder, "expected.safetensors"))
    print(f"{folder}: loss {loss:.3f}, {PROMPT!r} -> {tokenizer.decode(tokens)!r}")


def write_golden(folder):
    tokenizer = train_tokenizer()
    # Grouped queries, tied embeddings, f32, the newest config.json.
    write_variant(os.path.join(folder, "grouped_tied"), 11, tokenizer, torch.float32, tie_word_embeddings=True)
    # Llama 3 rotary scaling, biases in the attention, untied head, shards, the older config.json.
    write_variant(
        os.path.join(folder, "llama3_untied"), 12, tokenizer, torch.float32, old_style=True, shards=True,
        num_key_value_heads=1, attention_bias=True,
        rope_parameters={
            "rope_type": "llama3", "rope_theta": 10000.0, "factor": 4.0, "low_freq_factor": 1.0,
            "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
        },
    )
    # Half-precision weights, linear rotary scaling, one key head a query head, a head size of its own, a longer window.
    write_variant(
        os.path.join(folder, "half_linear"), 13, tokenizer, torch.float16, num_key_value_heads=4, head_dim=12,
        max_position_embeddings=1024,
        rope_parameters={"rope_type": "linear", "rope_theta": 5000.0, "factor": 2.0},
    )
    with open(os.path.join(folder, "samplers.json"), "w") as file:
        json.dump(scribe_samplers.cases(), file, separators=(",", ":"))


def write_sized(folder):
    """Four million random weights in the shape of a small story model: only for measuring speed."""
    tokenizer = train_tokenizer()
    torch.manual_seed(0)
    model = LlamaForCausalLM(configuration(
        2048, hidden_size=256, intermediate_size=704, num_hidden_layers=5, num_attention_heads=8,
        num_key_value_heads=4, max_position_embeddings=512, tie_word_embeddings=True,
    ))
    print(sum(parameter.numel() for parameter in model.parameters()), "weights")
    model.half().save_pretrained(folder)
    tokenizer.save(os.path.join(folder, "tokenizer.json"))


if __name__ == "__main__":
    torch.set_num_threads(1)
    {"golden": write_golden, "sized": write_sized}[sys.argv[1]](sys.argv[2])
