"""All checks of a task, in the order in which a reviewer would ask."""

from benchmark.audit.definition import check_definition
from benchmark.audit.disguise import check_columns
from benchmark.audit.duplicates import check_duplicates
from benchmark.audit.finding import Finding
from benchmark.audit.missing import check_missing
from benchmark.audit.power import check_estimable, check_resolution
from benchmark.audit.roles import check_balance, check_roles
from benchmark.audit.selection import check_selection
from benchmark.audit.site import check_site
from benchmark.audit.view import View
from benchmark.tasks import Task

OF_TASK = (check_roles, check_estimable, check_balance)
OF_PATIENTS = (check_resolution, check_duplicates, check_missing, check_columns, check_definition, check_selection, check_site)


def audit(task: Task) -> list[Finding]:
    """Every finding of every check. The same task on the same patients gives the same findings.

    Roles, estimable endpoints and balance are looked at under every protocol; what concerns patients' values, under the default
    protocol, which has most of them. Takes seconds to a minute.
    """
    view = View(task)
    return [*(finding for check in OF_TASK for finding in check(task)), *(finding for check in OF_PATIENTS for finding in check(view))]


def failed(findings: list[Finding]) -> bool:
    """Whether any finding forbids the use of the task as it is."""
    return any(finding.severity == "fail" for finding in findings)
