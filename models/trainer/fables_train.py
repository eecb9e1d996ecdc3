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

from fables_grammar import document, meeting

BEGIN, END, PAD = "<s>", "</s>", "<pad>"
VOCABULARY = 2048
END_ID, PAD_ID, IGNORED = 1, 2, -100
TOKENS = 3072  # in a step, about
MEETING = 26  # tokens of a meeting
OPENING = 56  # tokens of a request and the first sentence or two
TALK = 384  # tokens of two fables and a bit
COPY_FROM, LOOKING, COPYING = 2, 0.7, 0.15  # the layers that begin as copiers, how closely they look, how loudly they speak
MEETINGS_UNTIL, OPENINGS_UNTIL, TALKS_FROM, TALKS = 0.15, 0.3, 0.5, 0.2  # shares of the time; every fifth later step is a talk


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


@torch.no_grad()
def incline_to_copy(model: LlamaForCausalLM) -> None:
    """Starts half of the later heads as ones that look for what is about to be said, and say it again.

    Such a head asks with what it looks by, so it finds tokens like the one expected next; and what it reads of a token it writes
    back as that token, which with tied embeddings raises the token's own logit. From ordinary random weights, looking and saying
    have to be found together, and a model this small does not find them in an hour.
    """
    half = model.config.head_dim
    groups = model.config.num_attention_heads // model.config.num_key_value_heads
    for layer in model.model.layers[COPY_FROM:]:
        attention = layer.self_attn
        for projection in (attention.k_proj, attention.v_proj):
            torch.nn.init.orthogonal_(projection.weight)
        attention.k_proj.weight.mul_(LOOKING)
        for kept in range(model.config.num_key_value_heads):
            head, source = kept * groups, slice(kept * half, (kept + 1) * half)
            mine = slice(head * half, (head + 1) * half)
            attention.q_proj.weight[mine] = attention.k_proj.weight[source]
            attention.o_proj.weight[:, mine] = COPYING * attention.v_proj.weight[source].T


class Stream:
    """An endless stream of batches of texts, the same for the same seed. What is not to be learnt is IGNORED."""

    def __init__(self, tokenizer: Tokenizer, seed: int):
        self.tokenizer, self.chance, self.ready = tokenizer, random.Random(seed), []

    def _text(self) -> list[int]:
        return self.tokenizer.encode(document(self.chance)).ids + [END_ID]

    def meetings(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Hardly anything but names to be carried over."""
        return _padded([self.tokenizer.encode(meeting(self.chance)).ids + [END_ID] for _ in range(TOKENS // MEETING)])

    def openings(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Only the first tokens of texts: the request and the sentence in which its animals first appear again."""
        return _padded([self._text()[:OPENING + 1] for _ in range(TOKENS // OPENING)])

    def texts(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Whole texts of about equal length, one a row, so that no other text's animals are in sight."""
        if not self.ready:
            many = sorted((self._text() for _ in range(256)), key=len)
            while many:
                count = max(1, TOKENS // len(many[-1]))
                self.ready.append(many[-count:])
                del many[-count:]
            self.chance.shuffle(self.ready)
        return _padded(self.ready.pop())

    def talks(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Texts laid end to end, as in a conversation: the last request is the one that counts."""
        rows = []
        while len(rows) < TOKENS // TALK:
            row: list[int] = []
            while len(row) <= TALK:
                row += self._text()
            rows.append(row[:TALK + 1])
        return _padded(rows)


def _padded(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids (n, longest - 1) and what comes after each."""
    longest = max(len(row) for row in rows)
    ids = torch.full((len(rows), longest), PAD_ID)
    after = torch.full((len(rows), longest), IGNORED)
    for i, row in enumerate(rows):
        ids[i, :len(row)] = torch.tensor(row)
        after[i, :len(row)] = ids[i, :len(row)]
    return ids[:, :-1], after[:, 1:]


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
    options.out.mkdir(parents=True, exist_ok=True)
    tokenizer = make_tokenizer(options.seed)
    model = LlamaForCausalLM(config(tokenizer.get_vocab_size()))
    incline_to_copy(model)
    # Short rows of one small model: plain attention is as quick as any, and warns about nothing.
    model.config._attn_implementation = "sdpa"
    print(sum(parameter.numel() for parameter in model.parameters()), "parameters", flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.05)
    state, step, spent, tokens = options.out / "state.pt", 0, 0.0, 0
    if state.exists():
        kept = torch.load(state)
        model.load_state_dict(kept["model"])
        optimizer.load_state_dict(kept["optimizer"])
        step, spent, tokens = kept["step"], kept["spent"], kept["tokens"]
    stream = Stream(tokenizer, options.seed + 1 + step)
    begun, saved, losses = time.process_time() - spent, time.time(), []
    while (minutes := (time.process_time() - begun) / 60) < options.minutes:
        rate = options.rate * min(1.0, (step + 1) / 100) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * minutes / options.minutes)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        done = minutes / options.minutes
        # Carrying a name from the request into the story is found quickly where little else is in sight.
        if done < MEETINGS_UNTIL:
            ids, after = stream.meetings()
        elif done < OPENINGS_UNTIL:
            ids, after = stream.openings()
        elif done > TALKS_FROM and step % round(1 / TALKS) == 0:
            ids, after = stream.talks()
        else:
            ids, after = stream.texts()
        logits = model(ids).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), after.flatten(), ignore_index=IGNORED)
        tokens += int((after != IGNORED).sum())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        losses.append(loss.item())
        if step % 20 == 0:
            print(f"step {step} cpu {minutes:.1f} min loss {sum(losses[-20:]) / 20:.3f}", flush=True)
        if time.time() - saved > 60:
            saved = time.time()
            torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "spent": minutes * 60,
                        "tokens": tokens}, state)
            save(model, tokenizer, options.out)
    save(model, tokenizer, options.out)
    print(f"done: {step} steps, {options.minutes} CPU minutes, {tokens / 1e6:.1f} million tokens", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60, help="CPU minutes of one core")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=1)
    train(parser.parse_args())
