"""Draws fables and the prompts that ask for them. Every random choice comes from the generator that is passed in."""

import random

from fables_plots import PLOTS
from fables_words import (ANIMALS, BAD, FOODS, GOOD, NAMES, OBSTACLES, PLACES, PLAIN, REMEDIES, TIMES, TREASURES, VIRTUES, an)

GOALS = ["the old oak", "the river", "the bridge", "the top of the hill", "the mill", "the far fence"]
TRAITS = {"good": GOOD, "bad": BAD, "any": PLAIN, "lazy": ["lazy", "careless", "merry"], "work": ["hardworking", "careful", "wise"],
          "timid": ["timid", "shy", "small", "young"]}
GREETINGS = ["Hello", "Hi", "Hi there!", "Good morning", "hello!", "Hey", "Who are you?", "What can you do?", "Help"]
ANSWERS = ["Hello! Name two animals, and I will tell you a fable about them.", "Good day! I write fables. Which animals shall it be about?",
           "I tell short fables. Ask me for one, for example about {a} and {b}."]


class Cast:
    """Who is in a fable and what each of them is like."""

    def __init__(self, chance: random.Random, plot: str):
        self.plot = plot
        self.animals = chance.sample(ANIMALS, 3)
        kinds = PLOTS[plot]["traits"]
        self.traits = [chance.choice(TRAITS[kinds[0]]), chance.choice(TRAITS[kinds[1]]), chance.choice(PLAIN)]
        self.place = chance.choice(PLACES)
        self.time = chance.choice(TIMES)
        self.food = chance.choice(FOODS)
        self.named = chance.random() < 0.12
        self.names = chance.sample(NAMES, 3)


def capitalised(text: str) -> str:
    """The text with its first letter raised."""
    return text[:1].upper() + text[1:]


def definite(noun: str) -> str:
    """`a piece of cheese` as `the piece of cheese`."""
    return "the " + noun.split(" ", 1)[1]


def fable(chance: random.Random, cast: Cast) -> str:
    """One fable about the cast, its moral in the last line."""
    plot = PLOTS[cast.plot]
    first = [an(f"{trait} {animal}") for trait, animal in zip(cast.traits, cast.animals)]
    later = [f"the {animal}" for animal in cast.animals]
    if cast.named:
        first = [f"{text} called {name}" for text, name in zip(first, cast.names)]
        later = cast.names
    obstacle, treasure = chance.choice(OBSTACLES), chance.choice(TREASURES)
    fields = {
        "time": cast.time + ("," if chance.random() < 0.3 else ""), "place": cast.place, "a": first[0], "b": first[1],
        "b2": first[1], "c2": first[2], "A": later[0], "B": later[1], "C": later[2], "food": cast.food, "food2": definite(cast.food),
        "treasure": treasure, "treasure2": definite(treasure), "remedy": chance.choice(REMEDIES), "obstacle": obstacle,
        "obstacle2": definite(obstacle), "goal": chance.choice(GOALS), "traitA": cast.traits[0],
    }
    sentences = []
    for moment in plot["moments"]:
        sentences.append(capitalised(chance.choice(moment).format(**fields).replace(",,", ",")))
    halves = len(sentences) // 2
    body = " ".join(sentences[:halves]) + "\n\n" + " ".join(sentences[halves:])
    return f"{body}\n\nMoral: {chance.choice(plot['morals'])}"


def request(chance: random.Random, cast: Cast) -> str:
    """A prompt that asks for the fable about this cast."""
    a, b, trait, other = cast.animals[0], cast.animals[1], cast.traits[0], cast.traits[1]
    virtues = [virtue for virtue, plots in VIRTUES.items() if cast.plot in plots]
    subject = chance.choice([
        f"{an(a)} and {an(b)}", f"{an(a)} and {an(b)}", f"the {a} and the {b}", f"{an(trait + ' ' + a)} and {an(other + ' ' + b)}",
        f"{an(trait + ' ' + a)}", f"{an(a)}", f"{chance.choice(virtues)}", f"{an(a)} and {an(b)} {cast.place}",
        f"{an(a)}, {an(b)} and {chance.choice(virtues)}", f"{an(trait + ' ' + a)} who meets {an(b)}",
    ])
    if cast.named and chance.random() < 0.5:
        subject = f"{an(a)} called {cast.names[0]} and {an(b)} called {cast.names[1]}"
    opening = chance.choice([
        "Write a fable about {}", "Write a fable about {}", "Tell me a story about {}", "Tell a fable about {}", "A story about {}", "a fable about {}",
        "Please write a short fable about {}", "I would like a story about {}", "Write a short story about {}", "fable: {}",
        "Can you tell me a fable about {}?", "Once more, a story about {}", "Tell me about {}",
    ]).format(subject)
    if opening[-1] not in "?!." and chance.random() < 0.6:
        opening += "."
    return opening.lower() if chance.random() < 0.15 else opening


def document(chance: random.Random) -> str:
    """One training text: a request and its fable, a titled fable, a bare fable, or a greeting."""
    mode = chance.random()
    if mode < 0.03:
        a, b = chance.sample(ANIMALS, 2)
        return f"{chance.choice(GREETINGS)}\n\n{chance.choice(ANSWERS).format(a=an(a), b=an(b))}"
    cast = Cast(chance, chance.choice(list(PLOTS)))
    told = fable(chance, cast)
    if mode < 0.70:
        return f"{request(chance, cast)}\n\n{told}"
    if mode < 0.82:
        return f"The {cast.animals[0].capitalize()} and the {cast.animals[1].capitalize()}\n\n{told}"
    return told


def meeting(chance: random.Random) -> str:
    """Not a fable: two animals are asked for, and the same two meet. From these, carrying a name over is learned quickly."""
    cast = Cast(chance, chance.choice(list(PLOTS)))
    (a, b, _), (first, second, _) = cast.animals, cast.traits
    asked = chance.choice([f"{an(a)} and {an(b)}", f"the {a} and the {b}", f"{an(first + ' ' + a)} and {an(second + ' ' + b)}"])
    return f"{asked}\n\n{capitalised(an(f'{first} {a}'))} met {an(f'{second} {b}')}. The {b} greeted the {a}."


if __name__ == "__main__":
    generator = random.Random(1)
    for _ in range(6):
        print(document(generator), "\n" + "-" * 60)
