"""Resuming, retrying, forcing; the same bytes whatever happened on the way."""

import json
from pathlib import Path

import pytest

from benchmark.errors import InputError
from benchmark.records import find_records, locked, read_record
from tests import toy


def predictions(record) -> bytes:
    return (record.folder / "predictions.parquet").read_bytes()


def test_same_bytes_for_any_number_of_workers(made_up):
    one = predictions(made_up.run(protocol="repeated"))
    assert predictions(made_up.run(protocol="repeated", jobs=2, force=True)) == one


def test_a_run_resumes_at_the_fold_where_it_was_stopped(made_up):
    whole = predictions(made_up.run(protocol="repeated"))
    seen = []

    def stop(run, result):
        seen.append((result.repeat, result.fold))
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_up.run(protocol="repeated", force=True, on_fold=stop)
    assert find_records(made_up.root / "runs", "toy", "repeated") == ([], [])  # what is half done is no record
    later = []
    record = made_up.run(protocol="repeated", on_fold=lambda run, result: later.append((result.repeat, result.fold)))
    assert sorted(seen + later) == made_up.task.splits("repeated")
    assert predictions(record) == whole


def test_a_finished_run_is_not_run_again(made_up):
    made_up.run()
    again = []
    made_up.run(on_fold=lambda run, result: again.append(result))
    assert again == []


def test_failed_folds_stay_until_retried_and_only_they_are_retried(made_up):
    flag = made_up.root / "failed_once"
    toy.write_model(made_up.root, "bad", toy.misbehaving(fit=f"os.path.exists({str(flag)!r}) or (open({str(flag)!r}, 'w'), 1 / 0)"))
    good = toy.write_model(made_up.root, "good", toy.misbehaving())
    first = made_up.run("bad", protocol="untreated")
    assert first.failed == [(0, 0)]
    assert sorted(first.predictions["fold"].unique()) == [1]
    calls = []
    count = lambda run, result: calls.append((result.repeat, result.fold))  # noqa: E731
    assert made_up.run("bad", protocol="untreated", on_fold=count).failed == first.failed
    assert calls == []
    mended = made_up.run("bad", protocol="untreated", retry_failed=True, on_fold=count)
    assert calls == first.failed
    assert mended.failed == []
    assert mended.predictions["risk"].equals(made_up.run(good.stem, protocol="untreated").predictions["risk"])


@pytest.mark.parametrize("change", ["seed", "model", "parameter", "folds"])
def test_a_record_is_named_by_all_it_depends_on(made_up, change):
    before = made_up.plan().identity.digest
    if change == "model":
        toy.write_model(made_up.root, "signal", toy.SIGNAL + "\n# another source\n")
    options = {"seed": {"seed": 1}, "parameter": {"model": "signal[sign=-1]"}, "folds": {"protocol": "repeated"}}.get(change, {})
    assert made_up.plan(**options).identity.digest != before
    assert len(before) == 16


def test_an_edited_record_is_refused(made_up):
    record = made_up.run()
    made_up.run("signal[sign=-1]")
    other = next(item for item in find_records(made_up.root / "runs", "toy", "paper")[0] if item.folder != record.folder)
    (record.folder / "predictions.parquet").write_bytes(predictions(other))
    with pytest.raises(InputError, match="changed after the run"):
        read_record(record.folder)


DAMAGE = {
    "truncated": lambda folder: (folder / "run.json").write_text((folder / "run.json").read_text()[:200]),
    "emptied": lambda folder: (folder / "run.json").write_text("{}"),
    "relabelled": lambda folder: (folder / "run.json").write_text((folder / "run.json").read_text().replace('"signal"', '"best"')),
    "edited": lambda folder: (folder / "predictions.parquet").write_bytes(b"no"),
    "halved": lambda folder: (folder / "predictions.parquet").unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_record_is_named_costs_only_itself_and_force_mends_it(made_up, damage):
    toy.write_model(made_up.root, "other")
    whole = predictions(made_up.run())
    made_up.run("other")
    DAMAGE[damage](made_up.plan().draft.folder)
    records, problems = find_records(made_up.root / "runs", "toy", "paper")
    assert [record.label for record in records] == ["other"]
    assert "--force" in problems[0]
    with pytest.raises(InputError, match="--force"):
        made_up.run()
    assert predictions(made_up.run(force=True)) == whole


def test_a_fold_that_cannot_be_read_is_run_again(made_up):
    whole = predictions(made_up.run())

    def stop(run, result):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_up.run(force=True, on_fold=stop)
    piece = next((made_up.plan().draft.folder / "folds").glob("*.json"))
    piece.write_text("{")
    assert predictions(made_up.run()) == whole


def test_retry_failed_also_on_a_run_that_was_interrupted(made_up):
    flag = made_up.root / "failed_once"
    toy.write_model(made_up.root, "bad", toy.misbehaving(fit=f"os.path.exists({str(flag)!r}) or (open({str(flag)!r}, 'w'), 1 / 0)"))

    def stop(run, result):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_up.run("bad", on_fold=stop)
    assert made_up.run("bad", retry_failed=True).failed == []


def test_two_writers_are_one_too_many(made_up):
    with locked(made_up.plan().draft.folder), pytest.raises(InputError, match="another 'bench run'"):
        made_up.run()


def test_the_record_says_what_it_was_made_from(made_up):
    record = made_up.run()
    info = json.loads((record.folder / "run.json").read_text())
    assert info["cohort"] == {"name": "toy", "version": "1", "data": "real"}
    assert info["cohort_digest"] == made_up.cohort.digest
    assert info["parameters"] == {"sign": 1.0}
    assert info["modalities"] == ["genomics", "clinical"]
    assert {"python", "libraries", "cpu", "blas", "threads"} == set(info["environment"])
    assert str(Path.home()) not in json.dumps({**info, "folds": []})
    assert all(fold["peak_memory"] > 1 << 20 for fold in info["folds"])
