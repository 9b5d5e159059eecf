"""Set C: first sentences of docstrings in Python's standard library, and the functions they stand in, without them."""

import ast
import random
import re
import sysconfig
from pathlib import Path

PAIRS = 2400
LEAST_WORDS = 4
# Not the library's own, or made by tools.
LEFT_OUT = {"site-packages", "test", "tests", "idle_test", "lib2to3", "pydoc_data", "ensurepip", "turtledemo"}


def texts():
    """A sample; a sentence of several functions asks for none of them."""
    functions = {}
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        if not LEFT_OUT.intersection(inside.parts):
            tree = ast.parse(path.read_bytes())
            functions.update(functions_of(tree, ".".join(inside.with_suffix("").parts)))
    sentences = [sentence for sentence, _ in functions.values()]
    seen = {sentence for sentence in sentences if sentences.count(sentence) == 1}
    all_ids = sorted(one for one, (sentence, _) in functions.items() if sentence in seen)
    ids = sorted(random.Random(0).sample(all_ids, PAIRS))
    return {
        "queries": [(one, functions[one][0]) for one in ids],
        "documents": [(one, functions[one][1]) for one in ids],
        "qrels": [(one, one) for one in ids],
    }


def functions_of(node, name):
    """Id, sentence and code of each function with a docstring in a module or class."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from functions_of(child, f"{name}.{child.name}")
        elif isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            sentence = first_sentence(ast.get_docstring(child) or "")
            body = child.body[1:]
            if len(sentence.split()) >= LEAST_WORDS and body:
                child.body = body
                yield f"{name}.{child.name}", (sentence, ast.unparse(child))


def first_sentence(docstring):
    paragraph = " ".join(docstring.split("\n\n")[0].split())
    return re.split(r"(?<=\.) (?=[A-Z])", paragraph)[0]
