"""The site that the browser opens: the published one, or one made from the published boards."""

import os
from pathlib import Path

import pytest

from benchmark.site.build import LISTED, build_site, write_site
from benchmark.site.content import Computed, read_content
from benchmark.workspace import Workspace

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``leaderboard/`` (or ``BENCH_SITE``, a trial) where ``bench site`` has written it; else its pages without figures, in a temporary folder."""
    published = Path(os.environ.get("BENCH_SITE", ROOT / "leaderboard")).resolve()
    if (published / LISTED).is_file():
        return published
    folder = tmp_path_factory.mktemp("site")
    write_site(build_site(read_content(Workspace(ROOT, ROOT / "runs"), Computed())), folder)
    return folder
