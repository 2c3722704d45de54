"""Write a cohort's schema anew from the real cohort: ``python -m benchmark.cohorts.schemas NAME``."""

import argparse

from benchmark.cohorts.schema import describe, dump, schema_path
from benchmark.cohorts.store import open_cohort
from benchmark.workspace import open_workspace


def main() -> None:
    """Write the schema of the cohort named on the command line; its real data must be at hand."""
    parser = argparse.ArgumentParser(prog="python -m benchmark.cohorts.schemas", description=__doc__)
    parser.add_argument("name", help="the cohort")
    name = parser.parse_args().name
    cohort = open_cohort(open_workspace(data="real"), name)
    schema_path(name).write_text(dump(describe(cohort)), encoding="utf-8")


if __name__ == "__main__":
    main()
