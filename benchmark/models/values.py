"""A parameter's text as a value of the type that the model's constructor says."""

import math
from typing import Any

from pydantic import TypeAdapter, ValidationError

from benchmark.models.hints import hint_of

WHOLE = 2**63  # whole numbers stay below, as in the tables of the records


def value_of(hint: str, text: str) -> Any:
    """The value that a text spells; ``+`` joins the items of a tuple.

    Raises:
        ValueError: it spells none, a number that is not finite or has more than 64 bits, or the hint is no type of a parameter.
    """
    given = tuple(text.split("+")) if hint.startswith("tuple") else text
    try:
        value = TypeAdapter(hint_of(hint)).validate_python(given)
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"].lower()) from error
    except Exception as error:  # a submission says its hints itself; of an odd one the library raises what it likes
        raise ValueError(f"its type '{hint[:60]}' cannot be read ({type(error).__name__})") from error
    check_numbers(value)
    return value


def check_numbers(value: object) -> None:
    """Refuse a number that a record or a label cannot hold.

    Raises:
        ValueError: one is not finite, or has more than 64 bits.
    """
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, tuple):
            check_numbers(item)
        elif isinstance(item, float) and not math.isfinite(item):
            raise ValueError("expected a finite number")
        elif isinstance(item, int) and not -WHOLE <= item < WHOLE:
            raise ValueError("expected a whole number of at most 64 bits")
