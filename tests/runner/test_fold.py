"""What a worker is shown, and what happens when a model misbehaves."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmark.runner.parts import split
from tests import toy


def test_the_test_part_has_no_outcome_and_ids_are_opaque(made_up):
    job = made_up.plan().jobs[0]
    task = made_up.task
    parts, names = split(task, job)
    roles = task.roles("paper", 0, 0, "relapse")
    assert parts["test"].outcome is None
    for role, part in parts.items():
        assert set(names[part.ids]) == set(roles[role])
        assert not set(part.ids) & set(roles[role])
        real = pd.Index(names[part.ids])
        pd.testing.assert_index_equal(part.ids, part.ids.sort_values(), check_names=False)
        assert list(real) != sorted(real)  # shuffled
        np.testing.assert_array_equal(part.block("genomics").to_numpy(), task.table("genomics").loc[real].to_numpy())
        if part.outcome is not None:
            np.testing.assert_array_equal(part.outcome, task.outcome(real, "relapse"))
    assert list(parts["train"].blocks["clinical"].columns) == ["age", "sex"]  # the refused column is not there


@pytest.mark.parametrize("where", ["fit", "predict"])
def test_a_child_that_a_model_forgets_does_not_answer_for_it(made_up, where):
    forks = {"fit": "os.fork()", "predict": "os.fork(); return patients.block('genomics')['gene_0'].to_numpy()"}
    toy.write_model(made_up.root, "bad", toy.misbehaving(**{where: forks[where]}))
    record = made_up.run("bad")
    assert record.failed == []
    assert len(record.predictions) == 53


def test_all_models_see_the_same_order(made_up):
    toy.write_model(made_up.root, "other")
    one, other = (split(made_up.task, made_up.plan(name).jobs[0])[0]["train"].ids for name in ("signal", "other"))
    assert list(one) == list(other)


def test_predictions_come_back_under_the_right_ids(made_up):
    record = made_up.run()
    genes = made_up.cohort.blocks["genomics"]["gene_0"]
    for (_, fold), rows in record.predictions.groupby(["repeat", "fold"]):
        train = made_up.task.roles("paper", 0, fold, "relapse")["train"]
        np.testing.assert_allclose(rows["risk"], genes[rows["patient_id"]].to_numpy() - genes[train].mean())


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        ({"fit": "raise ValueError('no\\nway')"}, "ValueError: no way (bad.py:11)"),
        ({"fit": "import no_such_package"}, "No module named 'no_such_package'"),
        ({"predict": "return np.full(len(patients), np.nan)"}, "NaN or infinite risk for 1"),
        ({"predict": "return np.zeros(3)"}, "array of shape (3,)"),
        ({"predict": "return np.zeros((len(patients), 2))"}, "expected ("),
        ({"predict": "return ['1.5'] * len(patients)"}, "TypeError: predict returned <U3 values; numbers are needed"),
        ({"predict": "return np.full(len(patients), 1j)"}, "TypeError: predict returned complex128 values"),
        ({"predict": "return None"}, "TypeError: predict returned object values"),
        ({"fit": "raise ValueError(chr(0xD800))"}, "ValueError: ?"),
        ({"fit": "raise SystemExit(4)"}, "ended with exit code"),
        ({"fit": "os._exit(3)"}, "ended with exit code 3"),
        ({"fit": "os.kill(os.getpid(), 11)"}, "killed by SIGSEGV"),
        ({"fit": "self.hog = np.ones(2**36)"}, "MemoryError"),
        ({"predict": "return patients.outcome['time']"}, "TypeError"),
    ],
)
def test_a_failing_fold_is_recorded_with_its_reason(made_up, statements, reason):
    toy.write_model(made_up.root, "bad", toy.misbehaving(**statements))
    record = made_up.run("bad")
    assert record.failed == [(0, 0), (0, 1), (0, 2)]
    assert record.predictions.empty
    assert all(reason in fold["reason"] for fold in record.info["folds"])
    assert all("\n" not in fold["reason"] for fold in record.info["folds"])


def test_a_hanging_model_is_stopped_with_its_children(made_up, tmp_path):
    mark = tmp_path / "child.pid"
    fit = f"import subprocess; p = subprocess.Popen(['sleep', '60']); open({str(mark)!r}, 'w').write(str(p.pid)); time.sleep(60)"
    toy.write_model(made_up.root, "bad", toy.misbehaving(fit=fit))
    record = made_up.run("bad", seconds=1)
    assert {fold["reason"] for fold in record.info["folds"]} == {"timeout: not done after 1 s"}
    status = Path("/proc") / mark.read_text() / "status"
    assert not status.exists() or "Z (zombie)" in status.read_text()


def test_a_memory_limit_holds(made_up):
    toy.write_model(made_up.root, "bad", toy.misbehaving(fit="self.hog = np.ones(3 * 2**27)"))
    assert "MemoryError" in made_up.run("bad", memory=2 << 30).info["folds"][0]["reason"]
    assert made_up.run("bad", memory=8 << 30, force=True).failed == []


def test_a_model_that_prints_disturbs_nothing(made_up, capfd):
    toy.write_model(made_up.root, "bad", toy.misbehaving(fit="print('hello'); os.write(1, b'hello')"))
    assert made_up.run("bad").failed == []
    assert "hello" not in capfd.readouterr().out


def test_the_worker_holds_one_thread_and_a_derived_seed(made_up):
    predict = (
        "import torch; return np.full(len(patients), torch.get_num_threads() * 1e9 + self.seed % 1000) + np.random.rand(len(patients))"
    )
    toy.write_model(made_up.root, "bad", toy.misbehaving(predict=predict))
    first, again, other = (made_up.run("bad", seed=seed, force=True).predictions["risk"] for seed in (0, 0, 1))
    assert (first // 1e9 == 1).all()
    assert first.equals(again)
    assert not first.equals(other)


def test_a_series_is_taken_at_its_word(made_up):
    toy.write_model(made_up.root, "labelled", toy.misbehaving(predict="return patients.block('genomics')['gene_0'].iloc[::-1]"))
    toy.write_model(made_up.root, "plain", toy.misbehaving())
    assert made_up.run("labelled").predictions["risk"].equals(made_up.run("plain").predictions["risk"])


def test_a_failed_fold_says_how_long_it_took(made_up):
    toy.write_model(made_up.root, "bad", toy.misbehaving(fit="time.sleep(0.2); raise ValueError"))
    assert all(fold["fit_seconds"] > 0.2 for fold in made_up.run("bad").info["folds"])
