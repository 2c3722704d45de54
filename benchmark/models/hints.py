"""Types of hyper-parameters as text and back; a text is read, never evaluated."""

import ast
import types
from typing import Any, Literal, Union, get_args, get_origin

PLAIN: dict[str, Any] = {"bool": bool, "int": int, "float": float, "str": str, "None": None}


def spelled(hint: Any) -> str:
    """``int``, ``float | None``, ``tuple[str, ...]``, ``Literal['early', 'late']``.

    Raises:
        ValueError: a type that a value on the command line cannot have.
    """
    for name, kind in PLAIN.items():
        if hint is kind or (name == "None" and hint is type(None)):
            return name
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, arguments))}]"
    if origin in (Union, types.UnionType):
        return " | ".join(map(spelled, arguments))
    if origin is tuple and arguments[1:] == (...,):
        return f"tuple[{spelled(arguments[0])}, ...]"
    if origin is tuple:
        return f"tuple[{', '.join(map(spelled, arguments))}]"
    raise ValueError(f"a parameter of type {hint}; use bool, int, float, str, Literal or a tuple of them")


def hint_of(text: str) -> Any:
    """The type that a text spells.

    Raises:
        ValueError: it spells none.
    """
    try:
        return _type(ast.parse(text, mode="eval").body)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"'{text}' is no type") from error


def _type(node: ast.expr) -> Any:
    match node:
        case ast.Name(id=name) if name in PLAIN:
            return PLAIN[name]
        case ast.Constant(value=None):
            return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return Union[_type(left), _type(right)]  # noqa: UP007 - of values
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner) if _items(inner):
            return Literal[tuple(ast.literal_eval(item) for item in _items(inner))]
        case ast.Subscript(value=ast.Name(id="tuple"), slice=inner):
            *firsts, last = _items(inner)
            if isinstance(last, ast.Constant) and last.value is ... and len(firsts) == 1:
                return tuple[_type(firsts[0]), ...]  # type: ignore[misc]
            return tuple[tuple(map(_type, [*firsts, last]))]  # type: ignore[misc]
    raise ValueError(f"'{ast.unparse(node)}' is no type of a parameter")


def _items(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]
