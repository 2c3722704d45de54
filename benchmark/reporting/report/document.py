"""A document as a list of blocks of plain text, whatever it is written as in the end."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the document's title."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; ``loud`` is for what nobody may overlook."""

    text: str
    loud: bool = False


@dataclass(frozen=True)
class Items:
    """A list of points."""

    texts: Sequence[str]


@dataclass(frozen=True)
class Table:
    """Rows of text under titles.

    Attributes:
        shares: of the page's width, one for each column.
        caption: what the numbers are, and of how many.
    """

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]
    shares: Sequence[float]
    caption: str = ""


@dataclass(frozen=True)
class Code:
    """Lines to copy as they are."""

    text: str


Block = Heading | Paragraph | Items | Table | Code


@dataclass(frozen=True)
class Document:
    """Blocks under a title (which is also the first heading)."""

    title: str
    blocks: tuple[Block, ...]
