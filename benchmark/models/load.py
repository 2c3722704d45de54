"""Import a model's file, and find the one model in it."""

import hashlib
import inspect
import sys
import types
from pathlib import Path

from benchmark.errors import InputError
from benchmark.models.contract import Model


def load_model(path: Path) -> type[Model]:
    """The one subclass of :class:`Model` that the file defines. It runs the file: never call it on a stranger's.

    Raises:
        InputError: the file cannot be read or imported, or defines none or several.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such model file")
    module = types.ModuleType(f"_model_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module
    try:
        # from the text, never by an import: that would prefer a compiled file that lies in __pycache__ and says something else;
        # decoded here, for of bytes a coding line in the file would decide, and a reader or a linter sees another text
        exec(compile(path.read_bytes().decode("utf-8"), path, "exec"), vars(module))
    except (Exception, SystemExit) as error:  # the file is the user's code: whatever it raises is reported as bad input
        raise InputError(f"{path}: cannot be imported ({type(error).__name__}: {error})") from error
    return _only_model(module, path)


def _only_model(module: types.ModuleType, path: Path) -> type[Model]:
    own = [
        item
        for item in vars(module).values()
        if inspect.isclass(item) and issubclass(item, Model) and item.__module__ == module.__name__ and not inspect.isabstract(item)
    ]
    if len(own) != 1:
        names = ", ".join(item.__name__ for item in own) or "none"
        raise InputError(f"{path}: defines {names}; expected exactly one subclass of benchmark.models.Model with fit and predict")
    return own[0]
