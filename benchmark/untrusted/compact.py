"""Thrift's compact protocol, in which Parquet writes what it says of itself."""

from collections.abc import Mapping
from typing import Any

from benchmark.untrusted.plain import DEEP, NESTED

BITS = {4: 16, 5: 32, 6: 64}  # Thrift's types of numbers


class Compact:
    """Bytes in it; an end too early is an ``IndexError``.

    It takes what Thrift's writers write and nothing that another reader may take for something else: field numbers that grow, each once and
    within 16 bits, numbers that their type holds, and lists of what they are lists of: a reader of Parquet does not look at what a list says of
    itself.

    Args:
        lists: the numbers of the fields that lead to a list → the type of its items. There may be no other list.

    Attributes:
        at: how many bytes have been read.
    """

    def __init__(self, raw: bytes | memoryview, lists: Mapping[tuple[int, ...], int]) -> None:
        self._raw, self._lists, self.at = raw, lists, 0

    def struct(self, *path: int) -> dict[int, Any]:
        """Number of a field → its value; ``path`` leads to it."""
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            before, number = number, number + (head >> 4) if head >> 4 else self._signed(16)
            if not before < number < 1 << 15:
                raise ValueError(f"field {number} stands after field {before}, not as Thrift writes it")
            fields[number] = head & 15 == 1 if head & 15 in (1, 2) else self._value(head & 15, (*path, number))
        return fields

    def _value(self, kind: int, path: tuple[int, ...]) -> Any:
        if len(path) > DEEP:
            raise ValueError(NESTED)
        if kind == 3:
            return self._byte()
        if kind in BITS:
            return self._signed(BITS[kind])
        if kind in (7, 8):
            return self._skipped(8 if kind == 7 else self._unsigned(32))
        if kind == 9:
            head = self._byte()
            if self._lists.get(path) != head & 15:
                raise ValueError("it has a list that Parquet's have not")
            size = head >> 4 if head >> 4 < 15 else self._unsigned(32)
            if size > len(self._raw) - self.at:  # an item has a byte at least
                raise IndexError(size)
            return [self._value(head & 15, path) for _ in range(size)]
        if kind == 12:
            return self.struct(*path)
        raise ValueError(f"it has a field of type {kind}, which Parquet's have not")

    def _byte(self) -> int:
        self.at += 1
        return self._raw[self.at - 1]

    def _skipped(self, size: int) -> None:
        if size > len(self._raw) - self.at:
            raise IndexError(size)
        self.at += size

    def _signed(self, bits: int) -> int:
        number = self._unsigned(bits)
        return (number >> 1) ^ -(number & 1)

    def _unsigned(self, bits: int) -> int:
        number = 0
        for place in range(10):
            byte = self._byte()
            number |= (byte & 127) << 7 * place
            if byte < 128:
                break
        if byte > 127 or number >> bits:
            raise ValueError(f"a number has more than the {bits} bits of its type")
        return number
