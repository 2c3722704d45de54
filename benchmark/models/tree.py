"""A stranger's Python source as a syntax tree: nothing is run or compiled, and neither its length nor its nesting keeps the reader busy."""

import ast
from pathlib import Path

from benchmark.errors import InputError
from benchmark.untrusted import read_bytes

SOURCE_BYTES = 96 << 10  # of Python, some 2,000 lines: a tree has a hundred times as many, and f-strings take time as the square
SOURCE_LINE = 500  # characters
DEEP = 150  # nodes on the way to a leaf; long hand-written source stays below 40


def parse(path: Path, line: int = SOURCE_LINE) -> ast.Module:
    """The syntax tree of a file, read as UTF-8 as what runs it does: a coding line that says otherwise is a comment.

    Args:
        line: characters that one may have; long ones make f-strings slower.

    Raises:
        InputError: no plain file, larger than :data:`SOURCE_BYTES`, a longer line, no Python source, no UTF-8, or nested so deeply that
            nobody wrote it by hand.
    """
    try:
        text = read_bytes(path, SOURCE_BYTES, links=False).decode("utf-8")
        if max(map(len, text.split("\n"))) > line:
            raise InputError(f"{path.name}: a line has more than {line} characters; break it, or put what it holds into a .csv or .json")
        tree = ast.parse(text, path.name)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"{path.name}: no Python source ({error})") from error
    level, nodes = 0, list(ast.iter_child_nodes(tree))
    while nodes:
        level, nodes = level + 1, [child for node in nodes for child in ast.iter_child_nodes(node)]
        if level > DEEP:
            raise InputError(f"{path.name}: its source is nested more than {DEEP} levels deep")
    return tree


def tree_of(path: Path, line: int = SOURCE_LINE) -> ast.Module:
    """The same; an empty one of what cannot be read so: who runs it says so."""
    try:
        return parse(path, line)
    except InputError:
        return ast.Module([], [])
