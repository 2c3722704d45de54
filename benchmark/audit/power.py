"""What the patients of a task cannot say: differences too small for them, endpoints with too few events."""

from collections.abc import Iterator

from benchmark.audit.finding import Finding
from benchmark.audit.view import View
from benchmark.reporting.resolution import Resolution, resolution
from benchmark.tasks import Task

STRENGTH, AGREEMENT = 0.7, 0.5  # the case in the finding: two fair models that agree halfway


def check_resolution(view: View) -> Iterator[Finding]:
    """The smallest difference of the primary metric that two fitted models would show with 80 % power, against the task's margin."""
    for target in view.targets:
        row = typical(resolution(view.task, view.protocol, target.endpoint))
        found = f"{target.endpoint}: two models of {STRENGTH:g} that agree halfway must differ by {row.detectable:.3f} to be told apart"
        margin = view.task.spec.margin
        if row.detectable > margin:
            yield Finding("resolution", "note", f"{found}, more than the margin {margin:g}")
        else:
            yield Finding("resolution", "ok", found)


def check_estimable(task: Task) -> Iterator[Finding]:
    """The endpoints that a protocol's patients say nothing about, with their counts."""
    everywhere = True
    for protocol in task.spec.protocols:
        for endpoint, count in task.not_estimable(protocol).items():
            everywhere = False
            yield Finding("estimable", "note", f"{protocol}, {endpoint}: {task.why_not_estimable(endpoint, count)}")
    if everywhere:
        yield Finding("estimable", "ok", "every endpoint can be estimated under every protocol")


def typical(rows: list[Resolution]) -> Resolution:
    """The row of two fair models that agree halfway."""
    return next(row for row in rows if (row.concordance, row.agreement) == (STRENGTH, AGREEMENT))
