"""Numbers as the pages print them: never an estimate without its interval."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.reporting.text import p_text

Json = Mapping[str, Any]

MODALITIES = {"ct": "CT", "mri": "MRI", "rna": "RNA", "wsi": "slides"}
MINUS = "\N{MINUS SIGN}"


def estimate(value: float, interval: Sequence[float] | None) -> str:
    """``0.683 [0.597, 0.756]``."""
    return f"{value:.3f}" if interval is None else f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def signed(value: float, interval: Sequence[float] | None = None) -> str:
    """``+0.170 [+0.064, +0.276]``, with a true minus sign."""
    text = f"{value:+.3f}" if interval is None else f"{value:+.3f} [{interval[0]:+.3f}, {interval[1]:+.3f}]"
    return text.replace("-", MINUS)


def p_equals(p: float) -> str:
    """``p = 0.032``, ``p < 0.001``."""
    text = p_text(p)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def about(number: float) -> str:
    """A number of patients as an order of magnitude: two digits that mean something, thousands apart."""
    if number < 100:
        return f"{number:.0f}"
    digits = len(str(int(number))) - 2
    return f"{round(number, -digits):,.0f}"


def listed(names: Sequence[str], most: int = 4) -> str:
    """``a, b and c``; of many the first few and how many more."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def plural(number: int, one: str, many: str | None = None) -> str:
    """``1 model``, ``3 models``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent_text(share: float) -> str:
    """A share as readers see it: ``0.384`` → ``38 %``."""
    return f"{100 * share:.0f} %"


def elsewhere(entry: Json) -> bool:
    """Whether an entry is predictions that were made elsewhere, published or self-reported, so that nobody here knows what they were made from."""
    return entry["provenance"] in ("imported", "self-reported")


def modality(name: str) -> str:
    """A modality's name for a chip."""
    return MODALITIES.get(name, name.replace("_", " "))


def outcomes(cohort: Json) -> str:
    """``32 events``; of classes ``alive 543, dead 75``."""
    if classes := cohort.get("classes"):
        return ", ".join(f"{name} {count}" for name, count in classes.items())
    return "" if cohort["events"] is None else plural(cohort["events"], "event")


def patients(cohort: Json) -> str:
    """``115 patients (32 events)``; where only some are tested it says how many."""
    found = outcomes(cohort)
    text = plural(cohort["patients"], "patient") + (f" ({found})" if found else "")
    tested = cohort["tested"]
    if tested["patients"] == cohort["patients"]:
        return text
    events = (
        ""
        if tested["events"] is None
        else f", {tested['events']} with the event"
        if "classes" not in cohort
        else f", {tested['events']} positive"
    )
    return f"{text}, of whom {tested['patients']} are tested{events}"


def slug(text: str) -> str:
    """A label as part of a file name."""
    return "".join(letter if letter.isalnum() else "_" for letter in text).strip("_").lower()
