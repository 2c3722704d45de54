"""How a model behaves on one fold of the replica: contract, determinism, independence of the batch, missing modalities, resources."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from benchmark.conformance.finding import Finding
from benchmark.conformance.trial import Batch
from benchmark.runner.fold import FoldResult
from benchmark.runner.job import Limits

TOLERANCE = 1e-5  # of the largest prediction: what the order of sums may change in 32 bits; a normalised batch changes far more
ASIDE = "every other test patient, in the reverse order,"
NEAR = 0.8  # of a declared resource
KILLS = ("the worker process was killed by SIGKILL", "the worker process was killed by SIGXCPU")  # the kernel's: memory, processor time
# how a reason begins that says that a declared resource was the matter, and not the model's own exception
LIMITS = ("timeout:", "memory limit:", "process limit:", "disk limit:", "output limit:", "MemoryError", *KILLS)
# how a reason begins → what mends it; the trace says the rest
REMEDIES = {
    "predict returned NaN": "impute what a patient lacks from the training part; a loss that overflows needs scaled inputs or a smaller step",
    "predict returned an array of shape": "return one row for each of patients.ids, in that order: shape (n,), or (n, classes) for more than two classes",
    "predict returned probabilit": "return the probability of each class in the order of patients.classes: in [0, 1], with sum 1",
    "predict returned a probability": "return a probability, not a score: in [0, 1]",
    "FileNotFoundError": "read nothing but what fit and predict are given, and files of the folder itself (beside __file__)",
    "PermissionError": "read nothing but what fit and predict are given, and files of the folder itself (beside __file__); write to tempfile only",
    "ModuleNotFoundError": "use what requirements.lock has, and declare it in submission.yaml, dependencies",
}
TRACE = "the trace is of simulated patients, so it is shown in full; 'bench --data replica run --task TASK --model ID' repeats it"
# system calls that no library needs for numbers; sockets within the machine, forks and signals are left to a reader.
# "more than": so many refused calls that the sandbox has stopped to write them down
HOSTILE = (
    "more than",
    *(
        "socket (inet",
        "socket (packet",
        "socket (vsock",
        "socket (alg",
        "socket (another",
        "connect",
        "ptrace",
        "process_vm",
        "unshare",
        "close_range",  # asked for a table of descriptors of its own
        "clone (a thread apart)",
        "setns",
        "mount",
        "umount",
    ),
    *("move_mount", "fsopen", "open_tree", "pivot_root", "chroot", "io_uring", "keyctl", "add_key", "request_key", "bpf", "userfaultfd"),
    *("open_by_handle_at", "pidfd_getfd", "perf_event_open", "init_module", "finit_module", "kexec", "reboot", "setuid", "setgid"),
)

Answers = Mapping[Batch, FoldResult]


def contract(answer: FoldResult, modalities: Sequence[str]) -> Finding:
    """Whether the model fits and predicts at all."""
    if answer.status == "ok":
        used = f"on {', '.join(modalities)}" if modalities else "without any modality"
        return Finding("contract", "ok", f"fits and predicts {len(answer.predictions)} test patients of the replica, {used}")
    if answer.reason.startswith(LIMITS):
        remedy = "use less, or declare more in submission.yaml, resources (seconds_per_fold, memory_gib)"
        return Finding("resources", "fail", f"a fold of the replica: {answer.reason}", remedy, log=log_of(answer))
    remedy = next((mend for begins, mend in REMEDIES.items() if answer.reason.startswith(begins)), TRACE)
    return Finding("contract", "fail", f"a fold of the replica failed: {answer.reason}", remedy, log=log_of(answer))


def determinism(first: FoldResult, again: FoldResult) -> Finding:
    """Whether the same fold gives the same bytes twice."""
    remedy = "draw every random number from the seed that the constructor is given; iterate over no set; use no clock"
    if again.status != "ok":
        return Finding("determinism", "fail", f"the same fold failed the second time: {again.reason}", remedy, log=log_of(again))
    if first.predictions.equals(again.predictions):
        return Finding("determinism", "ok", "the same fold gives the same bytes twice")
    difference = float(np.abs(_values(first) - _values(again)).max())
    return Finding("determinism", "fail", f"the same fold, run twice, differs by up to {difference:.3g}", remedy)


def independence(answers: Answers) -> Finding:
    """Whether a patient's prediction depends on who else is asked about, or in which order."""
    whole, half = answers[Batch()], answers[Batch("half")]
    remedy = "predict each patient from what fit has learned: no statistics over the patients to predict, no state kept by predict"
    if half.status != "ok":
        return Finding("independence", "fail", f"predicting {ASIDE} failed: {half.reason}", remedy, log=log_of(half))
    same = whole.predictions.set_index("patient_id").loc[half.predictions["patient_id"]].to_numpy(float)
    difference = np.abs(same - _values(half)).max(axis=1)
    if (changed := int((difference > TOLERANCE * max(float(np.abs(_values(whole)).max()), 1e-12)).sum())) > 0:
        message = f"predicting {ASIDE} changes {changed} of {len(difference)} predictions, by up to {difference.max():.3g}"
        return Finding("independence", "fail", message, remedy)
    return Finding("independence", "ok", "predictions depend neither on who else is asked about nor on the order")


def missing(answers: Answers, holes: FoldResult | None, may_lack: Sequence[str]) -> list[Finding]:
    """Whether it copes with patients who lack a modality.

    Args:
        holes: the fold with holes in every part; ``None`` where no patient of the task can have one.
        may_lack: the modalities that a patient of the task may lack: only there a failure counts as one.
    """
    found = []
    remedy = "a patient without a modality has no row in its block (Patients.block gives NaN rows): impute from the training part, or add a missing indicator"
    if holes is not None and holes.status != "ok":
        message = f"fitting on patients of whom every third lacks {' or '.join(may_lack)} failed: {holes.reason}"
        found.append(Finding("missing", "fail", message, remedy, log=log_of(holes)))
    for batch, answer in answers.items():
        if batch.without and answer.status != "ok":
            serious = set(batch.without) <= set(may_lack)
            message = f"predicting patients without {'+'.join(batch.without)} failed: {answer.reason}"
            aside = "" if serious else " (the task's patients all have it: only 'bench run --drop' asks for this)"
            found.append(Finding("missing", "fail" if serious else "note", message + aside, remedy, log=log_of(answer)))
    asked = holes is not None or any(batch.without for batch in answers)
    said = "copes with patients who lack a modality" if asked else "no patient of the task can lack what it uses"
    return found or [Finding("missing", "ok", said)]


def resources(results: Iterable[FoldResult], limits: Limits) -> Finding:
    """What the folds took, beside what was declared."""
    done = [result for result in results if result.status == "ok"]
    seconds = max((result.fit_seconds + result.predict_seconds for result in done), default=0.0)
    memory = max((result.peak_memory for result in done), default=0)
    said = (
        f"a fold took up to {seconds:.1f} of the declared {limits.seconds:g} s and {memory / 2**30:.1f} of {limits.memory / 2**30:.1f} GiB"
    )
    if seconds > NEAR * limits.seconds or memory > NEAR * limits.memory:
        return Finding(
            "resources", "note", f"{said}: close to the limit", "declare more in submission.yaml, resources: another machine may be slower"
        )
    return Finding("resources", "ok", said)


def walls(results: Iterable[FoldResult]) -> list[Finding]:
    """What the sandbox refused: named, whether or not the model went on as if nothing had happened."""
    refused = sorted({name for result in results for name in result.refused}, key=lambda name: (not name.startswith(HOSTILE), name))
    if not refused:
        return []
    said = f"the sandbox refused: {', '.join(refused)}"  # the worst first: a comment cuts what is long
    if hostile := [name for name in refused if name.startswith(HOSTILE)]:
        return [Finding("walls", "fail", said, f"do without {', '.join(hostile)}: nothing that learns from patients needs it")]
    return [Finding("walls", "note", said, "some libraries only look around; a reader should know why, or do without")]


def log_of(result: FoldResult) -> str:
    """What a failed fold left to read: the trace, then what it printed."""
    return "\n".join(part for part in (result.traceback, result.log) if part)


def _values(result: FoldResult) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return result.predictions.drop(columns="patient_id").to_numpy(float)
