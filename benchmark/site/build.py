"""The whole site as bytes, and how it is written."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from benchmark.files import write_atomically
from benchmark.site import words
from benchmark.site.content import Content
from benchmark.site.csvs import csv_bytes
from benchmark.site.pages import board, claims, cohorts, compare, home, models
from benchmark.site.paths import board_page, csv_path, datasheet_page

LISTED = "site.json"  # the files of the last build with their sha256: the next one removes those that are gone, and an edited one is found
Files = dict[str, bytes]
TEXT = re.compile(r"<(code|pre|script|style)\b.*?</\1>|<[^>]*>|(?P<text>[^<]+)", re.DOTALL)
NEGATIVE = re.compile(r"(^|[\s\[(])-(?=\.?\d)")  # a hyphen that begins a number: not that of 5-fold, of a range or of coxnet[x=-1]


def build_site(content: Content) -> Files:
    """Every file of the site by its path; the same content gives the same bytes."""
    files: Files = dict(_assets())
    pages = Pages(content)
    files |= pages.boards()
    files |= pages.models()
    files |= pages.cohorts()
    front = home.home_context(content)
    files |= _figure_csvs(front["across"])
    files["index.html"] = pages.page("home.html", "index.html", "index.html", front)
    files["claims.html"] = pages.page("claims.html", "claims.html", "claims.html", claims.claims_context(content))
    files["how_to_read.html"] = pages.page("how_to_read.html", "how_to_read.html", "how_to_read.html", {})
    files["compare.html"] = pages.page("compare.html", "compare.html", "compare.html", compare.compare_context(content))
    files["csv/claims.csv"] = csv_bytes(*claims.claims_csv(content.claims))
    return files


def write_site(files: Files, folder: Path) -> None:
    """Write the files, leave alone what is as it should be, and remove what an earlier build wrote and this one does not."""
    listed = folder / LISTED
    before = set(json.loads(listed.read_text(encoding="utf-8"))) if listed.is_file() else set()
    for path, content in files.items():
        target = folder / path
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, content)
    for path in sorted(before - set(files)):
        (folder / path).unlink(missing_ok=True)
    digests = {path: hashlib.sha256(files[path]).hexdigest() for path in sorted(files)}
    write_atomically(listed, (json.dumps(digests, indent=1) + "\n").encode())


class Pages:
    """Templates filled from the content."""

    def __init__(self, content: Content) -> None:
        self.content = content
        loader = PackageLoader("benchmark.site", "templates")
        self.environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self.environment.filters |= FILTERS

    def page(self, template: str, path: str, section: str, context: Mapping[str, Any]) -> bytes:
        """One page; ``section`` is the entry of the menu that it belongs to."""
        shared = {"root": "../" * path.count("/"), "section": section}
        text = self.environment.get_template(template).render({"models": self.content.models, **shared, **context})
        return (minus_signs(re.sub(r"\n\s*\n+", "\n", text).strip()) + "\n").encode()

    def boards(self) -> Files:
        """A page, a table of numbers and the pairs for each board, and a datasheet for each task."""
        found: Files = {}
        markdown = MarkdownIt("commonmark").enable("table")
        for task, boards in self.content.of_task.items():
            for place, item in enumerate(boards):
                context = board.board_context(self.content, item, place == 0)
                found |= _figure_csvs(context["figures"])
                path = board_page(item, place == 0)
                found[path] = self.page("board.html", path, "index.html", context)
                found[csv_path(item, "board")] = csv_bytes(*board.board_csv(item))
                if statistics := self.content.statistics.get(compare.key(item)):
                    found[compare.script_path(item)] = compare.pairs_script(item, statistics)
            if task in self.content.readmes:
                body = _markdown(markdown, self.content.readmes[task])
                found[datasheet_page(task)] = self.page("datasheet.html", datasheet_page(task), "index.html", {"task": task, "body": body})
        return found

    def models(self) -> Files:
        """The list of models and a page for each."""
        found = {"models.html": self.page("models.html", "models.html", "models.html", models.models_context(self.content))}
        for name, model in self.content.models.items():
            path = f"models/{name}.html"
            context = models.model_context(self.content, model)
            found |= {path: csv_bytes(*rows) for one in context["explanations"] for path, rows in one["tables"].items()}
            found[path] = self.page("model.html", path, "models.html", context)
        return found

    def cohorts(self) -> Files:
        """The list of cohorts and a page for each."""
        found = {"cohorts.html": self.page("cohorts.html", "cohorts.html", "cohorts.html", cohorts.cohorts_context(self.content))}
        for name in self.content.cohorts:
            path = f"cohorts/{name}.html"
            context = cohorts.cohort_context(self.content, name)
            found |= _figure_csvs(context["figures"])
            found[path] = self.page("cohort.html", path, "cohorts.html", context)
        return found


def minus_signs(html: str) -> str:
    """The page with a true minus before every negative number that a reader sees; code, attributes and names stay as they are."""
    return TEXT.sub(lambda found: NEGATIVE.sub(f"\\1{words.MINUS}", found[0]) if found["text"] else found[0], html)


def _figure_csvs(figures: list[Any]) -> Files:
    return {figure.path: csv_bytes(*figure.csv) for figure in figures if figure.csv}


def _assets() -> Iterator[tuple[str, bytes]]:
    for item in sorted(resources.files("benchmark.site").joinpath("assets").iterdir(), key=lambda path: path.name):
        yield f"assets/{item.name}", item.read_bytes()


def _markdown(markdown: MarkdownIt, text: str) -> Markup:
    """A datasheet as HTML: comments left out, wide tables in a frame that scrolls."""
    html = markdown.render(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
    frame = '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table class="plain">'
    return Markup(html.replace("<table>", frame).replace("</table>", "</table></div>").replace("<th></th>", "<td></td>"))


def _interval(text: str) -> Markup:
    """The estimate, and its interval in a smaller hand behind it."""
    head, space, rest = text.partition(" [")
    return Markup(f'{escape(head)} <span class="ci">[{escape(rest)}</span>') if space else escape(text)


def _breakable(text: str) -> Markup:
    """A label that may be broken after a comma, a bracket, a plus or an underscore."""
    return Markup(re.sub(r"([,\[+_=.])", r"\1<wbr>", str(escape(text))))


FILTERS: Mapping[str, Any] = {
    "slug": words.slug,
    "modality": words.modality,
    "patients": words.patients,
    "estimate": words.estimate,
    "signed": words.signed,
    "interval": _interval,
    "breakable": _breakable,
    "short": lambda value: f"{value:.6g}",  # what a column is sorted by: more digits than are printed
    "capitalize_first": lambda text: text[:1].upper() + text[1:],
}
