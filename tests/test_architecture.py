"""The house: no import runs upward, none crosses from wing to wing, there is no circle."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
# room → the rooms it may import; everything may import errors, files, numerics, untrusted and workspace
ROOMS = {
    "sandbox": set(),
    "cohorts": set(),
    "models": {"sandbox", "cohorts"},
    "tasks": {"cohorts", "models"},
    "recorded": set(),
    "records": {"recorded"},
    "runner": {"sandbox", "cohorts", "models", "tasks", "records"},
    "explain": {"models", "tasks", "records", "runner"},
    "inference": set(),
    "metrics": {"inference"},
    "scoring": {"tasks", "inference", "metrics"},
    "reporting": {"cohorts", "models", "tasks", "recorded", "records", "inference", "metrics", "scoring"},
    "audit": {"cohorts", "tasks", "inference", "metrics", "scoring", "reporting"},
    "conformance": {"cohorts", "models", "tasks", "runner", "inference", "scoring"},
    "submissions": {"cohorts", "models", "tasks", "runner", "sandbox", "inference", "scoring", "reporting", "conformance"},
    "site": {"models", "tasks", "records", "inference", "scoring", "reporting"},
    "cli": {
        *("sandbox", "cohorts", "models", "tasks", "records", "runner", "submissions", "explain"),
        *("scoring", "inference", "reporting", "audit", "site"),
    },
}
GROUND = {"errors", "files", "numerics", "untrusted", "workspace"}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def room(path):
    return path.relative_to(ROOT / "benchmark").parts[0].removesuffix(".py")


def test_imports_follow_the_rooms():
    for path in sorted((ROOT / "benchmark").rglob("*.py")):
        here = room(path)
        if here == "__init__":
            continue
        allowed = GROUND | {here} | ROOMS.get(here, set())
        for module in imports(path):
            parts = module.split(".")
            if parts[0] == "baselines":
                raise AssertionError(f"{path}: the harness imports a model: {module}")
            if parts[0] == "benchmark" and len(parts) > 1:
                assert parts[1] in allowed, f"{path}: {here} may not import {module}"


def test_every_room_is_in_the_plan():
    rooms = {room(path) for path in (ROOT / "benchmark").rglob("*.py")} - {"__init__"}
    assert rooms == set(ROOMS) | GROUND


def test_models_import_the_contract_and_nothing_else_of_the_harness():
    for path in sorted((ROOT / "baselines").rglob("*.py")) + sorted((ROOT / "submissions").rglob("*.py")):
        own = {module for module in imports(path) if module.split(".")[0] == "benchmark"}
        assert own <= {"benchmark.models"}, path


def test_the_command_line_is_light():
    """`bench --help` must answer at once: no verb imports a heavy library before it runs."""
    heavy = {"numpy", "pandas", "torch", "sklearn", "sksurv", "scipy", "joblib", "pydantic", "yaml"}
    for path in (ROOT / "benchmark" / "cli").glob("*.py"):
        top = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
        names = {(node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).split(".")[0] for node in top}
        assert not names & heavy, path


def test_files_stay_readable():
    """No file of the package says two things: 300 lines is where we look again."""
    for path in [*(ROOT / "benchmark").rglob("*.py"), *(ROOT / "baselines").rglob("*.py")]:
        assert len(path.read_text().splitlines()) <= 300, path
