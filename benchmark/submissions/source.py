"""A stranger's Python source as a syntax tree: nothing is run or compiled, and no depth of nesting reaches the recursion limit."""

import ast
from pathlib import Path

from benchmark.errors import InputError

DEEP = 150  # nodes on the way to a leaf; long hand-written source stays below 40


def parse(path: Path) -> ast.Module:
    """The syntax tree of a file, read as UTF-8 as what runs it does: a coding line that says otherwise is a comment.

    Raises:
        InputError: no Python source, no UTF-8, or nested so deeply that nobody wrote it by hand.
    """
    try:
        tree = ast.parse(path.read_bytes().decode("utf-8"), path.name)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(f"{path.name}: no Python source ({error})") from error
    level, nodes = 0, list(ast.iter_child_nodes(tree))
    while nodes:
        level, nodes = level + 1, [child for node in nodes for child in ast.iter_child_nodes(node)]
        if level > DEEP:
            raise InputError(f"{path.name}: its source is nested more than {DEEP} levels deep")
    return tree
