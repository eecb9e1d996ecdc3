"""The words of the fables: who, where, what they want, how they are. Not here: sentences (fables_plots.py)."""

ANIMALS = """fox crow lion mouse hare tortoise wolf lamb bear bee ant grasshopper owl frog stork dog cat goat donkey horse
eagle beetle snake sparrow rooster hen duck goose swan raven heron otter beaver badger hedgehog squirrel rabbit deer stag boar
pig sheep ram bull cow calf camel monkey elephant tiger leopard panther crane peacock pigeon dove hawk falcon robin wren lark
nightingale bat mole rat weasel marten lynx moose turtle crab snail spider butterfly cricket firefly dragonfly salmon trout
dolphin whale seal penguin parrot cuckoo magpie jackal hyena zebra giraffe dragon unicorn kitten puppy""".split()

PLACES = [
    "in a green valley", "in a quiet forest", "by a wide river", "on a high hill", "near an old mill", "at the edge of a village",
    "in a sunny meadow", "beside a deep lake", "under a great oak", "in a dry desert", "on a windy plain", "in a farmyard",
    "among tall reeds", "in a dark wood", "at the foot of a mountain", "by the sea", "on a small island", "in an orchard",
    "near a stone bridge", "in a walled garden", "beside a frozen pond", "in a field of barley", "in a cave", "by a waterfall",
]

TIMES = ["Once upon a time", "Long ago", "One spring morning", "One cold winter", "One hot summer day", "In the autumn", "Many years ago",
         "One evening", "One bright morning", "In the days when animals could speak", "Late one night", "At the end of the harvest"]

FOODS = ["a piece of cheese", "a ripe apple", "a bunch of grapes", "a sack of corn", "a pot of honey", "a loaf of bread", "a juicy pear",
         "a heap of acorns", "a basket of berries", "a fat fish", "a bag of nuts", "a bowl of milk", "a golden plum", "a sweet melon"]

TREASURES = ["a silver ring", "a golden coin", "a shining pearl", "a small bell", "a red ribbon", "a copper key", "a glass bead",
             "a carved flute", "a blue feather", "a bright button", "a little lamp", "a wooden cup"]

REMEDIES = ["a healing herb", "a cup of clear water", "a white flower", "a warm blanket of moss", "a drop of wild honey", "a root that cures fever"]

OBSTACLES = ["a narrow bridge", "a roaring stream", "a thorny hedge", "a dark tunnel", "a steep cliff", "a deep ditch", "a field of ice",
             "a wall of stones", "a stormy pass", "a silent swamp"]

GOOD = ["brave", "kind", "patient", "honest", "humble", "clever", "gentle", "faithful", "generous", "careful", "wise", "hardworking"]
BAD = ["proud", "greedy", "lazy", "cruel", "vain", "boastful", "selfish", "jealous", "foolish", "impatient", "stubborn", "rude"]
PLAIN = ["young", "old", "small", "little", "grey", "hungry", "quiet", "lonely", "cheerful", "tired", "poor", "merry"]

NAMES = ["Ada", "Bruno", "Clara", "Dario", "Elsa", "Felix", "Greta", "Hugo", "Ida", "Jonas", "Kira", "Leo", "Mina", "Nils", "Olga",
         "Pip", "Rosa", "Sam", "Tilda", "Viktor", "Wanda", "Yara"]

VIRTUES = {
    "friendship": ["rescue", "quarrel"], "courage": ["remedy"], "honesty": ["liar", "finder"], "patience": ["race"], "kindness": ["rescue", "hoard"],
    "greed": ["hoard"], "pride": ["race", "flattery"], "vanity": ["flattery"], "work": ["winter"], "laziness": ["winter"], "lies": ["liar"],
    "sharing": ["hoard", "quarrel"], "advice": ["warning"], "curiosity": ["warning"], "working together": ["quarrel"], "flattery": ["flattery"],
}


def an(word: str) -> str:
    """The word with its indefinite article."""
    return ("an " if word[0] in "aeiou" else "a ") + word
