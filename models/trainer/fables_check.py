"""Measures throng-fables: are the animals asked for in the fable, does it end with a moral and an end, what is new in it."""

import argparse
import random
import re
from pathlib import Path

import torch
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from fables_grammar import document
from fables_words import ANIMALS, an

LENGTH_MAX = 260
KNOWN_DOCUMENTS = 30_000  # at least as many as were trained on


def write(model, tokenizer, prompts: list[str], temperature: float, seed: int) -> list[str]:
    """One sampled continuation for each prompt."""
    torch.manual_seed(seed)
    texts = []
    for prompt in prompts:
        ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
        out = model.generate(ids, do_sample=True, temperature=temperature, top_p=0.95, top_k=0, max_new_tokens=LENGTH_MAX, pad_token_id=2)
        ended = out[0, -1].item() == 1
        text = tokenizer.decode(out[0, ids.shape[1]:], skip_special_tokens=True)
        texts.append(text + ("\x04" if ended else ""))
    return texts


def sentences(text: str) -> set[str]:
    return {part.strip() for part in re.split(r"(?<=[.!?\"])\s+", text) if len(part.split()) > 3}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--prompts", type=int, default=40)
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(options.model)
    model = LlamaForCausalLM.from_pretrained(options.model, dtype=torch.float32)
    chance = random.Random(options.seed)
    pairs = [chance.sample(ANIMALS, 2) for _ in range(options.prompts)]
    texts = write(model, tokenizer, [f"Write a fable about {an(a)} and {an(b)}." for a, b in pairs], options.temperature, options.seed)
    both = sum(a in text.lower() and b in text.lower() for (a, b), text in zip(pairs, texts))
    moral = sum("Moral:" in text for text in texts)
    ended = sum(text.endswith("\x04") for text in texts)
    known = set()
    for _ in range(KNOWN_DOCUMENTS):
        known |= sentences(document(chance))
    told = [sentence for text in texts for sentence in sentences(text.rstrip("\x04"))]
    new = sum(sentence not in known for sentence in told)
    print(f"both animals: {both} of {len(texts)}; moral: {moral}; ended by itself: {ended}; sentences not among those of "
          f"{KNOWN_DOCUMENTS} generated texts: {new} of {len(told)}")
    for text in texts[:3]:
        print("---\n" + text.rstrip("\x04").strip())


if __name__ == "__main__":
    main()
