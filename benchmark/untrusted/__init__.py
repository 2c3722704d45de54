"""What strangers may have written: read within bounds, or refused with a ``ValueError`` that says what is wrong with it."""

from benchmark.untrusted.plain import TooLongError, brief, plain_json, printable, printable_json, printable_text, read_bytes
from benchmark.untrusted.table import flat_table

__all__ = ["TooLongError", "brief", "flat_table", "plain_json", "printable", "printable_json", "printable_text", "read_bytes"]
