"""Where every page of the site lies, relative to its root."""

from benchmark.site.words import Json, slug


def board_page(board: Json, first: bool) -> str:
    """``tasks/nsclc_recurrence.html``; boards beside the default one carry protocol and endpoint."""
    name = board["task"] if first else f"{board['task']}.{board['protocol']}.{board['endpoint']}"
    return f"tasks/{name}.html"


def model_page(label: str) -> str:
    """The page of a model, for a label with or without parameters; ``""`` for one that has none (published predictions)."""
    return f"models/{label.partition('[')[0]}.html"


def cohort_page(name: str) -> str:
    return f"cohorts/{name}.html"


def datasheet_page(task: str) -> str:
    return f"tasks/{task}.datasheet.html"


def csv_path(board: Json, figure: str) -> str:
    """``csv/nsclc_recurrence.repeated.recurrence.board.csv``."""
    return f"csv/{board['task']}.{board['protocol']}.{board['endpoint']}.{figure}.csv"


def label_id(label: str) -> str:
    """The anchor of a label on its model's page."""
    return slug(label)
