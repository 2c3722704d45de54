"""The global generators of random numbers, for models that use them."""

import random
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

import numpy as np
import rich.style  # noqa: F401 - it draws from random when it is imported, as scikit-learn does with it: not after the seed is set


def set_generators(seed: int) -> None:
    """Seed those of random, numpy and torch, and pin torch to one thread.

    Where torch is not imported yet, this happens as soon as it is, in this process: which libraries a worker finds imported hangs on the other
    models of a command.
    """
    random.seed(seed)
    np.random.seed(seed % 2**32)
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
    if torch := sys.modules.get("torch"):
        _set_torch(torch, seed)
    else:
        sys.meta_path.insert(0, _Finder(seed))


def _set_torch(torch: Any, seed: int) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(seed)


class _Finder(MetaPathFinder):
    """Finds torch as Python does, and has it set up once it is there."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname == "torch" else None
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._seed)
        return spec


class _Loader(Loader):
    def __init__(self, loader: Loader, seed: int) -> None:
        self._loader = loader
        self._seed = seed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        _set_torch(module, self._seed)
