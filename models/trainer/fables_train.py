"""Trains throng-fables: a tokenizer on generated fables, then a small Llama on an endless stream of them. Resumable.

Writes the folder in transformers layout: config.json, generation_config.json, tokenizer files, model.safetensors in f16.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import LlamaConfig, LlamaForCausalLM

from fables_grammar import document, echo

BEGIN, END, PAD = "<s>", "</s>", "<pad>"
VOCABULARY = 2048
ECHOES = 0.7  # share of the texts that are echoes, while they are
ROW = 384  # tokens in a training row: two fables and a bit, so that positions of a long prompt are seen


def make_tokenizer(seed: int) -> Tokenizer:
    """Byte-level BPE: the common words of fables are one token each, and any other input still has tokens."""
    chance = random.Random(seed)
    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=[BEGIN, END, PAD], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator((document(chance) for _ in range(20_000)), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BEGIN} $A", special_tokens=[(BEGIN, 0)])
    return tokenizer


def config(vocabulary: int) -> LlamaConfig:
    """About 1.5 million parameters; two key-value heads for four query heads."""
    return LlamaConfig(vocab_size=vocabulary, hidden_size=160, intermediate_size=432, num_hidden_layers=4, num_attention_heads=4,
                       num_key_value_heads=2, max_position_embeddings=1024, rms_norm_eps=1e-5, rope_theta=10_000.0, tie_word_embeddings=True,
                       bos_token_id=0, eos_token_id=1, pad_token_id=2, attention_bias=False, mlp_bias=False)


class Stream:
    """An endless stream of rows of tokens, the same for the same seed."""

    def __init__(self, tokenizer: Tokenizer, seed: int):
        self.tokenizer, self.chance, self.tokens = tokenizer, random.Random(seed), []

    def rows(self, count: int, echoes: float) -> torch.Tensor:
        """`count` rows of ROW + 1 tokens, texts laid end to end, a share of them echoes."""
        need = count * (ROW + 1)
        while len(self.tokens) < need:
            text = echo(self.chance) if self.chance.random() < echoes else document(self.chance)
            self.tokens += self.tokenizer.encode(text).ids + [1]
        taken, self.tokens = self.tokens[:need], self.tokens[need:]
        return torch.tensor(taken).view(count, ROW + 1)


def save(model: LlamaForCausalLM, tokenizer: Tokenizer, folder: Path) -> None:
    """Writes the folder as people have such models, weights in f16."""
    folder.mkdir(parents=True, exist_ok=True)
    half = LlamaForCausalLM(model.config)
    half.load_state_dict(model.state_dict())
    half = half.to(torch.float16)
    half.config.torch_dtype = "float16"
    half.generation_config.update(bos_token_id=0, eos_token_id=1, pad_token_id=2)
    half.save_pretrained(folder, safe_serialization=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {"bos_token": BEGIN, "eos_token": END, "pad_token": PAD}
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    settings = special | {"add_bos_token": True, "add_eos_token": False, "model_max_length": 1024, "tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def train(options: argparse.Namespace) -> None:
    """Trains for the given minutes of CPU time, saving every now and then."""
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    tokenizer = make_tokenizer(options.seed)
    model = LlamaForCausalLM(config(tokenizer.get_vocab_size()))
    # Short rows of one small model: plain attention is as quick as any, and warns about nothing.
    model.config._attn_implementation = "sdpa"
    print(sum(parameter.numel() for parameter in model.parameters()), "parameters", flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.05)
    state, step, spent = options.out / "state.pt", 0, 0.0
    if state.exists():
        kept = torch.load(state)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        step, spent = kept["step"], kept["spent"]
    stream = Stream(tokenizer, options.seed + 1 + step)
    begun, saved, losses = time.process_time() - spent, time.time(), []
    while (minutes := (time.process_time() - begun) / 60) < options.minutes:
        rate = options.rate * min(1.0, (step + 1) / 100) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * minutes / options.minutes)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        # Repeating what was said is a skill of its own, learned many times faster from echoes than from fables alone.
        rows = stream.rows(options.batch, ECHOES if minutes < 0.75 * options.minutes else 0.0)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.bf16):
            logits = model(rows[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.float().flatten(0, 1), rows[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        losses.append(loss.item())
        if step % 20 == 0:
            print(f"step {step} cpu {minutes:.1f} min loss {sum(losses[-20:]) / 20:.3f}", flush=True)
        if time.time() - saved > 240:
            saved = time.time()
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "spent": minutes * 60}, state)
            save(model, tokenizer, options.out)
    save(model, tokenizer, options.out)
    print(f"done: {step} steps, {options.minutes} CPU minutes, {step * options.batch * ROW / 1e6:.1f} million tokens", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60, help="CPU minutes of one core")
    parser.add_argument("--batch", type=int, default=16, help="rows in a step")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bf16", action="store_true", help="compute in bfloat16 where the processor has it")
    train(parser.parse_args())
