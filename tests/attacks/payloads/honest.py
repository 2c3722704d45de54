"""No attacks: mistakes that a friend makes."""

import sys

PLACES: dict[str, str] = {}


def prints():
    print("epoch 1, loss 0.69")
    print("epoch 1, loss 0.69", file=sys.stderr)
    return 1


def global_seed():
    import random

    import numpy as np

    return random.random() + np.random.rand()


def all_processors():
    """joblib, and an estimator that uses it."""
    import numpy as np
    from joblib import Parallel, delayed
    from sklearn.ensemble import RandomForestRegressor

    numbers = Parallel(n_jobs=-1)(delayed(abs)(number) for number in range(4))
    forest = RandomForestRegressor(5, n_jobs=-1, random_state=0).fit(np.arange(20.0)[:, None], np.arange(20.0))
    return float(sum(numbers)) + forest.predict([[3.0]])[0]


def all_processors_of_python():
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor() as pool:
        return sum(pool.map(abs, range(4)))


def package_that_is_not_there():
    import a_package_that_is_not_there

    return a_package_that_is_not_there.answer


def keeps_a_cache():
    """A library's cache in the usual places, and a file beside the program."""
    import tempfile
    from pathlib import Path

    from joblib import Memory

    cached = Memory(tempfile.mkdtemp(), verbose=0).cache(abs)
    Path("weights.bin").write_bytes(b"1")
    return float(cached(-1)) + len(Path("weights.bin").read_bytes())


def plots():
    """Asks who and where it is, as libraries do."""
    import getpass
    import os
    import platform
    from pathlib import Path

    return len(str(Path.home())) + len(platform.platform()) + (os.cpu_count() or 0) * len(getpass.getuser()) > 0
