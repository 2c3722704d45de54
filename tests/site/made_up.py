"""A made-up board of three models, with numbers that a reader can check by hand."""

from pathlib import Path
from typing import Any

MARGIN = 0.05


def entry(model: str, estimate: float, **changes: Any) -> dict[str, Any]:
    """One model on the board; ``changes`` are keys that differ from the plain ones."""
    plain: dict[str, Any] = {
        "rank": 1,
        "tier": 1,
        "rank_set": [1, 3],
        "model": model,
        "modalities": ["genomics", "clinical"],
        "estimate": estimate,
        "interval": [estimate - 0.1, estimate + 0.1],
        "fold_mean": estimate,
        "fold_sd": 0.05,
        "difference": difference(estimate - 0.6),
        "p_best": 0.5,
        "secondary": {"uno_c": {"estimate": estimate, "interval": [estimate - 0.1, estimate + 0.1]}},
        "tied_risk": 0,
        "failed_folds": 0,
        "seconds": 2.0,
        "provenance": "run here",
        "source": None,
        "leak": None,
    }
    return plain | changes


def difference(value: float, p_fitted: float = 0.5, p_retrained: float | None = 0.6) -> dict[str, Any]:
    """To the reference, 0.056 either way."""
    return {
        "estimate": value,
        "interval": [value - 0.056, value + 0.056],
        "p_fitted": p_fitted,
        "p_fitted_holm": p_fitted,
        "interval_retrained": [value - 0.1, value + 0.1],
        "p_retrained": p_retrained,
        "p_retrained_holm": p_retrained,
    }


def board(**changes: Any) -> dict[str, Any]:
    """100 patients, 30 events; differences of 0.08 would show between fitted models, of 0.10 between algorithms trained again."""
    plain: dict[str, Any] = {
        "task": "toy",
        "title": "Made-up patients",
        "endpoint": "relapse",
        "protocol": "paper",
        "metric": "harrell_c",
        "metric_name": "Harrell's C",
        "cohort": {
            "name": "toy",
            "version": "1",
            "data": "real",
            "patients": 100,
            "events": 30,
            "tested": {"patients": 100, "events": 30},
        },
        "reference": "middle",
        "minimal_detectable_difference": 0.08,
        "minimal_detectable_difference_retrained": 0.10,
        "tests_per_patient": 1,
        "tests_per_patient_most": 1,
        "pairs": 400,
        "tau": 50.0,
        "min_censoring": 0.8,
        "exchangeable": True,
        "not_estimable": {},
        "digests": {"task": "aa", "folds": "bb", "cohort": "cc"},
        "entries": [
            entry("top", 0.7),
            entry("middle", 0.6, difference=None, modalities=["clinical"]),
            entry("coin", 0.5, modalities=[]),
        ],
    }
    return plain | changes


PAIR = {
    "difference": 0.1,
    "interval": [0.044, 0.156],
    "p_fitted": 0.001,
    "p_fitted_holm": 0.003,
    "difference_retrained": 0.1,
    "interval_retrained": [-0.02, 0.22],
    "p_retrained": 0.08,
    "p_retrained_holm": 0.24,
    "p_worse": 0.01,
    "p_equivalent": 0.19,
    "p_better": 0.8,
    "margin": MARGIN,
    "minimal_detectable_difference": 0.08,
    "patients_needed": 64,
}


def statistics(of: dict[str, Any]) -> dict[str, Any]:
    """Numbers of figures for the three models of :func:`board`, as the figures' room keeps them."""
    models = [item["model"] for item in of["entries"]]
    absent = {"how": "", "absent": "not on this board", "data": None, "columns": [], "rows": []}
    shares = [[0.9, 0.1, 0.0], [0.1, 0.8, 0.1], [0.0, 0.1, 0.9]]
    values = [[0.7, 0.8, 0.6], [0.6, 0.5, 0.7], [0.5, 0.4, 0.6]]
    pairs = [PAIR | {"a": models[a], "b": models[b]} for a, b in ((0, 1), (0, 2), (1, 2))]
    group = {"survival": [1.0, 0.9, 0.8], "lower": [1.0, 0.8, 0.7], "upper": [1.0, 0.95, 0.9], "at_risk": [50, 20], "patients": 50}
    model = {"low": group, "high": group, "p": 0.03, "at_horizon": {"time": 365.25, "difference": 0.2, "interval": [0.1, 0.3]}}
    folds = [{"repeat": 0, "fold": fold, "patients": 33, "events": 10} for fold in range(3)]
    figures = {
        "rank_distribution": {"resamples": 10000, "share": shares, "mean_rank": [1.1, 2.0, 2.9]},
        "pairwise": {"pairs": pairs},
        "fold_dots": {"folds": folds, "values": values, "mean": [0.7, 0.6, 0.5], "sd": [0.1] * 3, "se_corrected": [0.05, 0.05, None]},
        "agreement": {
            "correlation": [[1.0, 0.5, -0.2], [0.5, 1.0, 0.0], [-0.2, 0.0, 1.0]],
            "points": {"event": [True, False, False], "rank": [[0.9, 0.5, 0.1], [0.9, 0.1, 0.5], [0.1, 0.5, 0.9]]},
        },
        "time_dependent_auc": {
            "unit": "days",
            "times": [365.25, 730.5],
            "cases": [10, 20],
            "controls": [70, 40],
            "models": [{"auc": [0.7, 0.6], "lower": [0.6, 0.5], "upper": [0.8, 0.7]}] * 3,
        },
        "kaplan_meier": {"unit": "days", "times": [0.0, 180.0, 365.25], "ticks": [0.0, 365.25], "models": [model, model, None]},
    }
    kept = {
        name: {"how": "Made up.", "absent": None, "data": data, "columns": ["model", "x"], "rows": [["top", 1.5]]}
        for name, data in figures.items()
    }
    for name in ("roc_pr", "calibration", "confusion", "decision_curve", "search"):
        kept[name] = absent
    return {"models": models, "board": of, "figures": kept, "about": {"patients": 100, "events": 30, "splits": 3, "repeats": 1}}


def write_checkout(folder: Path) -> None:
    """A cohort's datasheet beside the toy task, with a note that names a patient."""
    readme = folder / "tasks" / "toy" / "README.md"
    readme.write_text(
        "# `toy`\n\nOne of them, T-010, is odd.\n\n| **note** | definition | deep, relapse: size define the class |\n", encoding="utf-8"
    )
