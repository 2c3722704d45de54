"""The comment on a pull request from the artefact of a run that had contributed code in it: text, and of no power.

``python3 comment.py ARTEFACT.zip COMMIT`` prints it. Whoever wrote the pull request may have written the artefact: one file of it is read, up to
a limit and never onto disk, and what is Markdown's to call, link, load or hide is taken from it.
"""

import re
import struct
import sys
import unicodedata
import zipfile
import zlib

MEMBER = "report.md"
BYTES = 200_000  # of the file: a report has some thousand
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what upload-artifact writes; others unpack gigabytes at a time
CHARACTERS = 32_000  # of a report; what is put between them can double them, and GitHub takes 65,536
APART = "\u200b"  # a space of no width: what it stands in is no longer a name, a number or an address
EMPTY = "\u115f\u1160\u2800\u3164\uffa0\U0001d159"  # letters and signs that show nothing
MARKS = ("Mn", "Me")  # drawn over other letters, or not at all
# signs may be written with a backslash, which is gone before names, numbers and emoji are looked for
CALLED = re.compile(r"#(?=\d)|GH\\?-(?=\d)|www(?=\\?\.)|:(?=\\?/\\?/)", re.IGNORECASE)
EMOJI = re.compile(r":(?=[\\+-]*\w[\w\\+-]*:)")
COMMIT = re.compile(r"[0-9a-f]{6}(?=[0-9a-f])", re.IGNORECASE)  # GitHub links seven digits and more
SPAN = re.compile(r"(`[^`|\n]+`)")  # within a line and a cell of a table


def read(path: str) -> str:
    """The report in the artefact; SystemExit with a reason where there is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo(MEMBER)
            if member.compress_type not in PLAIN or member.file_size > BYTES:
                sys.exit(f"{path}: no readable {MEMBER} (more than {BYTES} bytes, or compressed in an unusual way)")
            with archive.open(member) as file:
                return file.read(BYTES).decode("utf-8", "replace")
    except (OSError, EOFError, KeyError, ValueError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error) as error:
        sys.exit(f"{path}: no readable {MEMBER} ({error})")


def harmless(text: str) -> str:
    """The text without HTML, links, images, emoji, mentions, references to issues and commits, what is drawn, and characters not seen.

    What stays looks as it did, in code too: letters are put apart, none is spelled out. ``bench submit report`` writes nothing that this
    would alter: its digests stand in code, where they can be copied.
    """
    text = "".join(letter for letter in unicodedata.normalize("NFC", text) if letter == "\n" or _seen(letter))
    if len(text) > CHARACTERS:
        text = text[:CHARACTERS] + "\n\n(cut short)\n"
    text = text.replace("&", f"&{APART}").replace("<", f"<{APART}")
    text = text.replace("](", f"]{APART}(").replace("][", f"]{APART}[").replace("]:", f"]{APART}:").replace("[!", f"[{APART}!")
    text = CALLED.sub(rf"\g<0>{APART}", text.replace("@", f"@{APART}"))
    # blocks that are drawn: diagrams, maps; formulas begin with a dollar whatever follows
    text = re.sub(r"`{3,}|~{3,}", lambda match: APART.join(match.group()) + APART, text).replace("$", "＄")
    return _outside_code(text)


def _outside_code(text: str) -> str:
    """The text with commits and emoji put apart where they are not in code.

    A backtick without a fellow can turn inside out all that follows: where there is one, nothing is taken for code.
    """
    parts = SPAN.split(text)
    if any("`" in part or part.endswith("\\") for part in parts[::2]):
        parts = [text]
    parts[::2] = [EMOJI.sub(f":{APART}", COMMIT.sub(rf"\g<0>{APART}", part)) for part in parts[::2]]
    return "".join(parts)


def _seen(letter: str) -> bool:
    return letter.isprintable() and letter not in EMPTY and unicodedata.category(letter) not in MARKS


def comment(text: str, commit: str) -> str:
    """The whole comment; SystemExit where there is nothing to say, or no commit that it is about."""
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        sys.exit(f"'{commit}' is no commit")
    if not (body := harmless(text)).strip():
        sys.exit(f"{MEMBER} is empty: there is nothing to post")
    head = f"Evaluation of {commit}. It ran code of this pull request, so read it as a claim; `bench verify` is how a maintainer checks it."
    return f"{head}\n\n{body}"


if __name__ == "__main__":
    sys.stdout.write(comment(read(sys.argv[1]), sys.argv[2]))
