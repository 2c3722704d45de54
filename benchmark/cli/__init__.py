"""The command line: one file per verb, thin; heavy imports happen inside the verb that needs them."""

import sys


def main() -> None:
    """Entry point of ``bench``: exit 0 done, 1 done but something failed, 2 bad input, 130 interrupted."""
    from benchmark.numerics import pin_numerics

    pin_numerics()
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    import typer

    from benchmark.cli.app import app
    from benchmark.cli.common import spread_lists
    from benchmark.errors import FaultError, InputError

    try:
        result = app(spread_lists(arguments), standalone_mode=False)
        return int(result or 0)
    except InputError as error:
        return _complain(str(error), 2)
    except FaultError as error:
        return _complain(str(error), 1)
    except typer.TyperException as error:
        return _complain(error.format_message(), 2)
    except (KeyboardInterrupt, typer.Abort):
        return _complain(f"interrupted{_resumes(arguments)}", 130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has what it wanted, as in 'bench leaderboard | head'
        return 0
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        return _complain(f"cannot read or write{where}: {error.strerror or error}{_resumes(arguments)}", 1)


def _resumes(arguments: list[str]) -> str:
    """What a user may count on after a command was cut short: ``bench run`` alone keeps what was finished."""
    from benchmark.cli.common import verb_of

    return "; finished folds are kept and the same command resumes" if verb_of(arguments) == "run" else ""


def _complain(message: str, code: int) -> int:
    from benchmark.cli.common import said

    sys.stderr.write(f"bench: {said(' '.join(message.split()))}\n")
    return code
