"""Some folds of a finished run, fitted again and explained."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmark.errors import InputError
from benchmark.explain.attention import summarise, weights_of
from benchmark.explain.explanation import SHOWN, Block, Explanation, Feature, features_of, null_sizes, top_folds, top_of
from benchmark.explain.fused import FusedFold, fused_of, fused_over
from benchmark.explain.projection import Projection, project
from benchmark.explain.refit import Refitted, deal, refit
from benchmark.explain.shapley import Contributions, of_blocks, of_columns
from benchmark.models import ModelChoice
from benchmark.records import Record
from benchmark.runner.job import Job, Limits
from benchmark.runner.plan import plan
from benchmark.runner.seeds import derive_seed
from benchmark.tasks import Task
from benchmark.workspace import Workspace

PATIENTS = 5  # of a fold whose columns are explained
OF_BLOCKS = 25  # of a fold whose modalities are: few have a scan
PICTURES = 2  # folds whose hidden layer is drawn: one alone would not show that the next one looks different
NULL_SECONDS = 5.0  # mean of a fit up to which the folds are fitted a second time, with outcomes dealt out anew
METHOD = (
    "Shapley values (library shap): the columns of one modality at a time, the others held at their training mean; of whole modalities all coalitions. "
    "In SDs of the model's output over the test patients of a fold."
)
Watcher = Callable[[int, int], None]  # told after each fit: how many are done, and of how many


@dataclass(frozen=True)
class _Fold:
    columns: dict[str, Contributions]
    blocks: Contributions | None
    weights: "pd.Series[float] | None"
    fused: FusedFold | None
    projection: Projection | None
    same: bool
    patients: int


def explain(workspace: Workspace, task: Task, choice: ModelChoice, record: Record, folds: int, watch: Watcher) -> Explanation:
    """Fit ``folds`` folds of a run again (those of the first divisions), and look at what the models look at.

    Raises:
        InputError: the record was made otherwise than a run would be today, or by a model tested without some modality, that reads nothing
            of a patient, or that leaves nothing to say.
    """
    if not record.info["modalities"]:
        raise InputError(f"{record.label}: reads nothing of a patient, so that there is nothing to explain; name a model with modalities")
    jobs = _jobs(workspace, task, choice, record)
    taken = jobs[:folds]
    null = _cheap(record)
    total, done = len(taken) * (2 if null else 1), 0
    found, permuted = [], []
    donors = deal(task.eligible(record.info["protocol"], record.info["endpoint"]), derive_seed("null", task.id, record.info["protocol"]))
    for place, job in enumerate(taken):
        found.append(_look(task, choice, job, record, None, picture=place < PICTURES))
        watch(done := done + 1, total)
    for job in taken if null else []:
        permuted.append(_look(task, choice, job, record, donors))
        watch(done := done + 1, total)
    blocks, features = _summary(task, record, found, permuted)
    weights, null_weights = ([fold.weights for fold in group if fold.weights is not None] for group in (found, permuted))
    fused, null_fused = ([fold.fused for fold in group if fold.fused is not None] for group in (found, permuted))
    projections = tuple(fold.projection for fold in found if fold.projection is not None)
    if not (features or weights or fused or projections):
        raise InputError(f"{record.label}: its bags have no columns of their own, and it has neither weights nor a hidden layer to show")
    return Explanation(
        task=task.id,
        protocol=record.info["protocol"],
        endpoint=record.info["endpoint"],
        model=record.label,
        data=task.cohort.data,
        digest=record.info["digest"],
        method=METHOD,
        folds=len(taken),
        all_folds=len(jobs),
        same_folds=sum(fold.same for fold in found),
        patients=sum(fold.patients for fold in found),
        blocks=tuple(blocks),
        features=tuple(features),
        attention=summarise(weights) if weights else None,
        null_attention=summarise(null_weights) if null_weights else None,
        fused=fused_over(fused, null_fused) if fused else None,
        projections=projections,
        notes=tuple(_notes(found, null=null)),
    )


def _jobs(workspace: Workspace, task: Task, choice: ModelChoice, record: Record) -> list[Job]:
    """The folds that ran, as the runner would plan them today."""
    if choice.drop:
        raise InputError(f"{record.label}: explained is a model with all its modalities; leave out drop")
    if choice.submitted:
        raise InputError(f"{record.label}: a submission's file is never imported outside its sandbox; baselines are explained")
    info, folders = record.info, (workspace.tasks / task.id, workspace.cohorts / task.cohort.data / task.cohort.name)
    run = plan(task, folders, choice, info["protocol"], info["endpoint"], info["seed"], Limits(0, 0), workspace.runs)
    if run.identity.digest != info["digest"]:
        raise InputError(f"{record.folder}: made from another task, folds, patients or source than is here now; run it again")
    failed = set(record.failed)
    return [job for job in run.jobs if (job.repeat, job.fold) not in failed]


def _cheap(record: Record) -> bool:
    seconds = [fold["fit_seconds"] for fold in record.info["folds"]]
    return float(np.mean(seconds)) <= NULL_SECONDS


def _look(task: Task, choice: ModelChoice, job: Job, record: Record, donors: "pd.Series[str] | None", *, picture: bool = False) -> _Fold:
    fitted = refit(task, choice, job, record, donors)
    seed = derive_seed("shapley", task.id, job.protocol, job.repeat, job.fold)
    found = {name: of_columns(fitted, name, PATIENTS, seed) for name in fitted.test.blocks}
    return _Fold(
        columns={name: contributions for name, contributions in found.items() if contributions is not None},
        blocks=of_blocks(fitted, OF_BLOCKS) if donors is None else None,
        weights=weights_of(fitted),
        fused=fused_of(fitted),
        projection=_picture(task, fitted, job) if picture else None,
        same=fitted.same,
        patients=min(PATIENTS, len(fitted.test)),
    )


def _picture(task: Task, fitted: Refitted, job: Job) -> Projection | None:
    """The hidden layer of a classifier; it has no right and wrong where outcomes are times."""
    if task.spec.kind == "survival":
        return None
    outcome = task.outcome(pd.Index(fitted.real[fitted.test.ids].to_numpy()), job.endpoint)
    return project(fitted, outcome, job.repeat, job.fold)


def _summary(task: Task, record: Record, found: Sequence[_Fold], permuted: Sequence[_Fold]) -> tuple[list[Block], list[Feature]]:
    blocks: list[Block] = []
    features: list[Feature] = []
    shares = pd.DataFrame([_shares(fold.blocks) for fold in found if fold.blocks is not None])
    for name in record.info["modalities"]:
        folds, null = ([fold.columns[name] for fold in group if name in fold.columns] for group in (found, permuted))
        width = len(task.columns(name))
        top = top_of(width)
        own = features_of(name, folds, null, top) if folds else []
        features += [feature for feature in own if feature.mean_abs > 0][:SHOWN]
        sizes = null_sizes(folds, null) if folds else None
        level = None if sizes is None else float(sizes.max())
        alone = len(record.info["modalities"]) == 1
        share = float(shares[name].mean()) if name in shares else 1.0 if alone else None
        spread = float(shares[name].std(ddof=1)) if name in shares and len(shares) > 1 else None
        ever = int((top_folds(folds, top) > 0).sum()) if folds else 0
        blocks.append(Block(name, width, top, share, spread, ever, sum(not feature.noise for feature in own), level))
    return blocks, features


def _shares(blocks: Contributions) -> "pd.Series[float]":
    total = blocks.size.sum()
    return blocks.size / total if total > 0 else blocks.size


def _notes(found: Sequence[_Fold], *, null: bool) -> list[str]:
    notes = [
        "Training parts of folds overlap: a column that comes back in every fold is stable on these patients, which is no proof that it matters on others."
    ]
    if null:
        notes.append(
            "Null: the same folds fitted once more with all outcomes dealt out anew, the same way in every fold. A column that moves the output no more than the largest one does there is called noise. It is one such deal, and no test."
        )
    else:
        notes.append(f"No null: a fit takes more than {NULL_SECONDS:g} s.")
    if other := sum(not fold.same for fold in found):
        notes.append(f"{other} of the refitted folds do not predict what the record has: other libraries or another class of CPU.")
    return notes
