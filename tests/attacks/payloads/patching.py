"""Changing the code that judges, from inside; and code that runs when somebody merely looks at the file."""

import sys

PLACES: dict[str, str] = {}


def validator(patients):
    """The check of predictions says yes to everything."""
    import numpy as np

    import benchmark.runner.fold as fold

    for name, item in list(vars(fold).items()):
        if callable(item) and name.startswith("_check"):
            setattr(fold, name, lambda values, *_: values)
    return np.full(len(patients), np.nan)


def worker():
    """The worker takes for numbers what is none, of a size that nobody asked for."""
    import numpy as np

    import benchmark.runner.worker as door

    door._numbers = lambda *_: np.full(500, np.nan)
    return 0


def metric(patients):
    """Every concordance is 1."""
    import numpy as np

    import benchmark.metrics.survival as survival

    for module in [item for name, item in sys.modules.items() if name.startswith("benchmark.metrics")] + [survival]:
        for name in [name for name in vars(module) if "harrell" in name or "concordance" in name]:
            setattr(module, name, lambda *_, **__: 1.0)
    return np.zeros(len(patients))


def other_models(patients):
    """The contract itself, for whoever comes after."""
    import numpy as np

    import benchmark.models.contract as contract

    contract.Model.predict = lambda self, patients: np.full(len(patients), 666.0)
    sys.modules["numpy"] = None
    np.random.rand = lambda *_: 0.5
    return np.zeros(len(patients))


def labels(patients):
    """Wrong names on the answers: those of the other patients, of nobody, or one name for all."""
    import pandas as pd

    return pd.Series(range(len(patients)), index=[f"p9{number:04d}" for number in range(len(patients))], dtype=float)


def labels_in_another_order(patients):
    import pandas as pd

    return pd.Series(range(len(patients)), index=patients.ids, dtype=float).iloc[::-1]


def labels_twice(patients):
    import pandas as pd

    return pd.Series(range(len(patients)), index=[patients.ids[0]] * len(patients), dtype=float)


def someone_elses_labels(patients):
    """As many as asked for, one of them of a patient who is not asked for."""
    import pandas as pd

    return pd.Series(range(len(patients)), index=[*patients.ids[:-1], "p99999"], dtype=float)
