"""What a report may say where a wall has held: the words that name it."""

import re

# what the kernel answers, as Python and libraries spell it
REFUSED = re.compile(
    r"PermissionError|FileNotFoundError|OSError|ProcessLookupError|ConnectionRefusedError|not permitted|Permission denied"
    r"|No such file|Read-only file system|not implemented|gaierror|resolution|refused|killed|SIGSYS|SIGSEGV"
)
