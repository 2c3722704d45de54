"""A file of a stranger, read without trusting it: no links, no devices, bounded, and YAML without anchors, tags or depth."""

import re
from pathlib import Path
from typing import Any

import yaml

from benchmark.errors import InputError
from benchmark.untrusted import TooLongError, read_bytes

DEEP = 8  # nested collections in a YAML file; the parser of the library is recursive
OPENING = (yaml.BlockSequenceStartToken, yaml.BlockMappingStartToken, yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)
CLOSING = (yaml.BlockEndToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)

# at most 18 digits; the library also knows octal, hexadecimal, binary and base 60, of any length: numbers that overflow or fill a page
NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(0|[1-9][0-9]{0,17})$"),
    "tag:yaml.org,2002:float": re.compile(r"([-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"),
}


def read_bounded(path: Path, most: int) -> str:
    """The text of a regular file.

    Raises:
        InputError: a link, a device, missing, more than ``most`` bytes, or not UTF-8.
    """
    try:
        raw = read_bytes(path, most, links=False)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); it must be a plain file of the folder") from error
    except TooLongError as error:
        raise InputError(f"{path}: has more than {most} bytes; shorten it") from error
    except ValueError as error:
        raise InputError(f"{path}: is no regular file; put a plain text file there") from error
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start}); save it as text") from error


def plain_yaml(text: str, where: Path) -> Any:
    """YAML of plain values: mappings, lists, text, decimal numbers; other numbers of YAML (``0x1f``, ``1:30``) are text.

    Raises:
        InputError: not YAML, an anchor, an alias, a tag, nested too deeply, or a key that stands twice.
    """
    try:
        _check_tokens(text, where)
        return yaml.load(text, Loader=_Plain)
    except yaml.YAMLError as error:
        raise InputError(f"{where}: not valid YAML ({' '.join(str(error).split())[:200]})") from error
    except (ValueError, ArithmeticError) as error:  # a date or a number that YAML allows and Python does not
        raise InputError(f"{where}: a value cannot be read ({str(error)[:100]}); put it in quotes") from error


def _check_tokens(text: str, where: Path) -> None:
    depth = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        line = token.start_mark.line + 1
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
            raise InputError(f"{where}: line {line}: anchors and aliases are refused; write the value out")
        if isinstance(token, yaml.TagToken | yaml.DirectiveToken):
            raise InputError(f"{where}: line {line}: tags and directives are refused; use plain values")
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        if depth > DEEP:
            raise InputError(f"{where}: line {line}: nested more than {DEEP} deep; the form needs two levels")


class _Plain(yaml.SafeLoader):
    yaml_implicit_resolvers = {  # noqa: RUF012 - as the library declares it
        first: [(tag, NUMBERS.get(tag, pattern)) for tag, pattern in resolvers]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {str(key) for place, key in enumerate(keys) if key in keys[:place]}
        if twice:
            raise yaml.constructor.ConstructorError(problem=f"key '{min(twice)}' stands twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)
