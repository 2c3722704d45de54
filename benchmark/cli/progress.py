"""How a run goes on, for people: a bar on stderr."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmark.runner.plan import Run


class Progress:
    """A bar on stderr with the time left; a failed fold is named as it happens."""

    def __init__(self) -> None:
        from rich import progress
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        layout = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self._bar = progress.Progress(*layout, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("folds", total=None)

    def start(self, folds: int, done: int) -> None:
        self._bar.update(self._task, total=folds, completed=done)

    def __enter__(self) -> "Progress":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def fold(self, run: "Run", result: Any) -> None:
        self._bar.update(self._task, advance=1, description=run.label)
        if result.status != "ok":
            self._bar.console.print(
                f"failed: {run.label}, repeat {result.repeat}, fold {result.fold}: {result.reason}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )
