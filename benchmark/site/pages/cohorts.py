"""The pages of the cohorts: datasheet, who the patients are, which tasks use them."""

from typing import Any

from benchmark.site.content import Content
from benchmark.site.figures import of_cohort
from benchmark.site.words import Json


def cohorts_context(content: Content) -> dict[str, Any]:
    """What ``cohorts.html`` is given."""
    rows = [
        {
            "name": name,
            "data": _data(content, name),
            "title": sheet.get("title", ""),
            "patients": sheet["counts"]["patients"] if sheet else "–",
            "modalities": list(sheet.get("blocks", {})),
            "tasks": [board["task"] for board in _boards(content, name)],
        }
        for name, sheet in content.cohorts.items()
    ]
    return {"rows": rows}


def cohort_context(content: Content, name: str) -> dict[str, Any]:
    """What ``cohort.html`` is given."""
    sheet = content.cohorts[name]
    tasks = [{"id": board["task"], "title": board["title"], "cohort": board["cohort"]} for board in _boards(content, name)]
    outcomes = [_outcome(sheet, outcome, item) for outcome, item in sheet.get("outcomes", {}).items()]
    figures = of_cohort(name, content.patients.get(name, {}))
    return {"name": name, "data": _data(content, name), "sheet": sheet, "tasks": tasks, "outcomes": outcomes, "figures": figures}


def _boards(content: Content, name: str) -> list[Json]:
    """The default board of every task on the cohort."""
    return [boards[0] for boards in content.of_task.values() if boards[0]["cohort"]["name"] == name]


def _data(content: Content, name: str) -> str:
    return str(_boards(content, name)[0]["cohort"]["data"])


def _outcome(sheet: Json, outcome: str, item: Json) -> dict[str, Any]:
    counts = {key.removeprefix(f"{outcome} "): value for key, value in sheet["counts"].items() if key.startswith(f"{outcome} ")}
    known = counts.pop("known", 0)
    about = item["description"] + (f" Time from {item['origin']}, in {item['unit']}." if item.get("origin") else "")
    return {"name": outcome, "known": known, "counts": ", ".join(f"{key} {value}" for key, value in counts.items()), "about": about}
