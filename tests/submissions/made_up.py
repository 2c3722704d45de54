"""A submission's folder in a made-up checkout."""

from pathlib import Path
from typing import Any

import yaml

FORM: dict[str, Any] = {
    "id": "mine",
    "title": "A model",
    "authors": [{"name": "A. Author"}],
    "licence": "MIT",
    "kind": "model",
    "tasks": ["toy"],
    "parameters": {},
    "training_data": "none",
    "conflicts_of_interest": "none",
}


def write(root: Path, name: str = "mine", model: str | None = "from benchmark.models import Model\n", **changes: Any) -> Path:
    """``root/submissions/<name>``; a change to ``None`` leaves the key out."""
    folder = root / "submissions" / name
    folder.mkdir(parents=True, exist_ok=True)
    form = {key: value for key, value in (FORM | {"id": name} | changes).items() if value is not None}
    (folder / "submission.yaml").write_text(yaml.safe_dump(form, sort_keys=False))
    if model is not None:
        (folder / "model.py").write_text(model)
    return folder
