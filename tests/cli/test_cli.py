"""The command line as a contract: exit codes, one JSON document, one-line errors, the main job on real patients."""

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmark.tasks import task_folders
from tests import toy

BENCH = Path(sys.executable).with_name("bench")
ROOT = Path(__file__).parents[2]


def bench(*arguments, cwd=ROOT, **environment):
    return subprocess.run(
        [BENCH, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def digests(runs):
    return {path.parent.parent.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(runs).rglob("predictions.parquet")}


def predictions_of(runs, model):
    return next(Path(runs).rglob(f"{model}/*/predictions.parquet"))


@pytest.fixture(scope="module")
def quick_runs(tmp_path_factory):
    """The floors and CoxNet on real patients that are always here."""
    runs = tmp_path_factory.mktemp("runs")
    done = bench(
        "--runs",
        runs,
        "run",
        "--task",
        "breast_metastasis",
        "--model",
        "coxnet",
        "kaplan_meier",
        "random_risk",
        "--protocol",
        "paper",
        "--jobs",
        2,
    )
    assert done.returncode == 0, done.stderr
    return runs


def test_board_of_real_patients_without_network_or_mirror(bench_here, quick_runs, monkeypatch):
    monkeypatch.setenv("BENCH_MIRROR", "")
    done = bench_here("--runs", quick_runs, "leaderboard", "--task", "breast_metastasis", "--protocol", "paper", "--format", "json")
    board = json.loads(done.stdout)
    assert (board["cohort"]["data"], board["cohort"]["patients"], board["cohort"]["events"]) == ("real", 198, 51)
    by_model = {entry["model"]: entry for entry in board["entries"]}
    assert by_model["coxnet"]["difference"] is None
    assert by_model["kaplan_meier"]["estimate"] == 0.5
    for entry in board["entries"]:
        assert entry["interval"][0] <= entry["estimate"] <= entry["interval"][1]
    table = bench_here("--runs", quick_runs, "leaderboard", "--task", "breast_metastasis", "--protocol", "paper")
    assert "REAL" in table.stdout
    compared = bench_here(
        "--runs", quick_runs, "compare", "--task", "breast_metastasis", "coxnet", "random_risk", "--protocol", "paper", "--format", "json"
    )
    scored = bench_here(
        "--runs",
        quick_runs,
        "score",
        "--task",
        "breast_metastasis",
        "--protocol",
        "paper",
        "--format",
        "json",
        "--predictions",
        predictions_of(quick_runs, "coxnet"),
    )
    assert json.loads(scored.stdout)["estimate"] == by_model["coxnet"]["estimate"]
    assert json.loads(compared.stdout)["difference"] == pytest.approx(by_model["coxnet"]["estimate"] - by_model["random_risk"]["estimate"])


def test_hash_seed_and_working_directory_do_not_matter(quick_runs, tmp_path):
    arguments = [
        "--runs",
        tmp_path / "runs",
        "run",
        "--task",
        "breast_metastasis",
        "--model",
        "coxnet",
        "random_risk",
        "--protocol",
        "paper",
    ]
    assert bench(*arguments, cwd=tmp_path, PYTHONHASHSEED="7").returncode == 0
    again = digests(tmp_path / "runs")
    assert again == {name: digest for name, digest in digests(quick_runs).items() if name in again}
    assert len(again) == 2


def test_power_needs_no_run(bench_here):
    rows = json.loads(bench_here("power", "--task", "breast_metastasis", "--format", "json").stdout)
    assert all(0.02 < row["se"] < 0.08 and row["detectable"] > row["se_difference"] for row in rows)


def test_help_answers_at_once_and_lists_the_verbs():
    assert bench("runn").returncode == 2
    done = bench("--help")
    assert all(verb in done.stdout for verb in ("run", "leaderboard", "compare", "score", "power", "data", "task", "tasks", "models"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "--task", "breast_metastase", "--model", "coxnet"], "unknown task 'breast_metastase'"),
        (["run", "--task", "breast_metastasis", "--model", "coxnett"], "did you mean coxnet"),
        (
            ["run", "--task", "breast_metastasis", "--model", "coxnet", "--param", "fusio=late"],
            "unknown parameter 'fusio' in coxnet; did you mean fusion",
        ),
        (["run", "--task", "breast_metastasis", "--model", "coxnet", "--param", "fusion=mid"], "parameter fusion='mid'"),
        (["run", "--task", "breast_metastasis", "--model", "coxnet", "--param", "fusion"], "expected key=value"),
        (
            ["run", "--task", "breast_metastasis", "--model", "coxnet[modalities=genomcs]"],
            "unknown modality 'genomcs' in task breast_metastasis; did you mean",
        ),
        (["run", "--task", "breast_metastasis", "--model", "coxnet", "--protocol", "papers"], "unknown protocol 'papers'"),
        (["run", "--task", "breast_metastasis", "--model", "coxnet", "--endpoint", "death"], "unknown endpoint 'death'"),
        (["run", "--task", "breast_metastasis", "--model", "coxnet", "--jobs", "0"], "--jobs"),
        (["run", "--task", "breast_metastasis"], "--model"),
        (["leaderboard"], "--task is missing"),
        (["--root", "/nowhere", "tasks"], "has no tasks/ folder"),
        (["runn"], "Did you mean 'run'"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(bench_here, arguments, message, tmp_path):
    done = bench_here("--runs", tmp_path / "runs", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
    assert not (tmp_path / "runs").exists()


def test_boards_are_never_overwritten_with_nothing(bench_here, tmp_path):
    published = (ROOT / "leaderboard" / "board.json").read_bytes()
    done = bench_here("--runs", tmp_path / "runs", "leaderboard", "--write")
    assert done.returncode == 2
    assert "nothing written" in done.stderr
    assert (ROOT / "leaderboard" / "board.json").read_bytes() == published


def test_a_model_is_one_file(bench_here, tmp_path):
    path = tmp_path / "my_fusion.py"
    path.write_text(toy.SIGNAL.replace('["gene_0"]', ".iloc[:, 0]"))
    done = bench_here(
        "--runs", tmp_path / "runs", "run", "--task", "breast_metastasis", "--model", path, "--protocol", "paper", "--format", "json"
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["model"] == "my_fusion"
    board = bench_here("--runs", tmp_path / "runs", "leaderboard", "--task", "breast_metastasis", "--protocol", "paper", "--format", "json")
    assert json.loads(board.stdout)["entries"][0]["model"] == "my_fusion"


def test_two_files_of_one_id_are_refused(bench_here, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.py").write_text(toy.SIGNAL)
    done = bench_here(
        "--runs", tmp_path / "runs", "run", "--task", "breast_metastasis", "--model", tmp_path / "a" / "same.py", tmp_path / "b" / "same.py"
    )
    assert done.returncode == 2
    assert "have the same id 'same'" in done.stderr


def test_the_repository_is_found_from_any_folder_in_it(bench_here, monkeypatch):
    monkeypatch.chdir(ROOT / "benchmark" / "runner")
    found = json.loads(bench_here("tasks", "--format", "json").stdout)
    assert {row["task"] for row in found} == set(task_folders(ROOT / "tasks"))


def test_a_run_outlives_the_shell_that_started_it(tmp_path):
    slow = tmp_path / "slow.py"
    slow.write_text(toy.misbehaving(fit="time.sleep(1)", predict="return np.zeros(len(patients))"))
    command = f"{BENCH} --runs {tmp_path / 'runs'} run --task breast_metastasis --protocol paper --model {slow} >/dev/null 2>&1 &"
    subprocess.run(["sh", "-c", command], cwd=ROOT, check=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while not list((tmp_path / "runs").rglob("run.json")) and time.monotonic() < deadline:
        time.sleep(0.3)
    assert list((tmp_path / "runs").rglob("run.json"))


def test_the_replica_can_be_fetched_where_the_real_cohort_cannot(bench_here, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_MIRROR", "")
    (tmp_path / "tasks").mkdir()
    done = bench_here("--root", tmp_path, "--data", "replica", "data", "fetch", "nsclc_radiogenomics")
    assert done.returncode == 0
    assert "REPLICA" in done.stderr


def test_a_task_is_one_folder(bench_here, tmp_path):
    (tmp_path / "tasks").mkdir()
    toy.write_model(tmp_path, "first_gene", toy.SIGNAL.replace('["gene_0"]', ".iloc[:, 0]"))
    new = ["task", "new", "mine", "--cohort", "breast_metastasis", "--endpoint", "metastasis", "--modality", "genomics"]
    assert bench_here("--root", tmp_path, *new).returncode == 0
    assert bench_here("--root", tmp_path, "run", "--task", "mine", "--model", "first_gene").returncode == 0
    board = json.loads(bench_here("--root", tmp_path, "leaderboard", "--task", "mine", "--format", "json").stdout)
    assert board["tests_per_patient"] == 10
    assert "exists" in bench_here("--root", tmp_path, *new).stderr


def test_a_strangers_words_steer_no_terminal(bench_here, tmp_path):
    """The name of a folder, a cell of a table: whoever looks at a board reads them."""
    escape, folder = "\x1b]0;owned\x07\x1b[2J", tmp_path / "submissions" / "zz\x1b[31m"
    folder.mkdir(parents=True)
    (folder / "model.py").write_text("")
    (tmp_path / "tasks").mkdir()
    for said in (bench_here("--root", tmp_path, "models"), bench_here("--root", tmp_path, "run", "--task", escape, "--model", "a" * 9000)):
        assert not set("\x1b\x07") & set(said.stdout + said.stderr)
        assert len(said.stderr) < 5000


def test_a_failing_model_is_exit_code_1_and_stands_on_the_board(bench_here, tmp_path):
    path = tmp_path / "bad.py"
    path.write_text(toy.misbehaving(fit="raise RuntimeError('as said')"))
    done = bench_here("--runs", tmp_path, "run", "--task", "breast_metastasis", "--model", path, "--protocol", "paper", "--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)[0]["failed"] == 5
    assert "failed: bad, repeat 0, fold 0: RuntimeError: as said" in done.stderr
    entry = json.loads(
        bench_here("--runs", tmp_path, "leaderboard", "--task", "breast_metastasis", "--protocol", "paper", "--format", "json").stdout
    )["entries"][0]
    assert (entry["failed_folds"], entry["estimate"]) == (5, 0.5)


def test_replica_says_so_everywhere_and_does_not_mix(bench_here, tmp_path, monkeypatch):
    monkeypatch.setenv("BENCH_MIRROR", "")
    run = ["--runs", tmp_path, "--data", "replica", "run", "--task", "nsclc_recurrence", "--model", "random_risk", "--protocol", "paper"]
    done = bench_here(*run)
    assert done.returncode == 0
    assert "REPLICA" in done.stderr
    assert "REPLICA" in done.stdout
    board = bench_here("--runs", tmp_path, "--data", "replica", "leaderboard", "--task", "nsclc_recurrence", "--protocol", "paper")
    assert "REPLICA (simulated patients, not real)" in board.stdout
    assert "attains a C-index of" in board.stdout


def test_a_model_without_its_block_is_skipped_with_the_reason(bench_here, tmp_path):
    run = ["run", "--task", "breast_metastasis", "--model", "block_fusion[modalities=genomics]", "--protocol", "paper", "--format", "json"]
    done = bench_here("--runs", tmp_path, *run)
    assert done.returncode == 2  # nothing that was asked for could run
    assert "it takes 2 to 3 modalities and was given 1: genomics" in json.loads(done.stdout)[0]["skipped"]


def test_a_read_only_runs_folder_is_one_line(bench_here, tmp_path):
    (tmp_path / "runs").write_text("a file, not a folder")
    done = bench_here("--runs", tmp_path / "runs", "run", "--task", "breast_metastasis", "--model", "random_risk", "--protocol", "paper")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1


def test_kill_at_random_moments_then_the_same_command_gives_the_same_bytes(tmp_path):
    """`kill -9` of the harness at random moments of a run with many short folds; then it resumes to the same bytes."""
    slow = tmp_path / "slow.py"
    slow.write_text(toy.misbehaving(fit="time.sleep(0.2)", predict="return np.random.rand(len(patients))"))
    arguments = ["run", "--task", "breast_metastasis", "--model", str(slow), "--jobs", "2"]
    assert bench("--runs", tmp_path / "whole", *arguments).returncode == 0
    moments, killed, kept = random.Random(0), tmp_path / "killed", [{}]
    for _ in range(2):
        process = subprocess.Popen([BENCH, "--runs", killed, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted = len(kept[-1]) + moments.randint(1, 10)  # of 50 folds; by a clock, how far it comes would hang on the machine
        while len(list(killed.rglob("folds/*.json"))) < wanted:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.2))
        process.kill()
        process.wait()
        kept.append({path.name: path.read_bytes() for path in killed.rglob("folds/*.json")})
        assert digests(killed) == {}
        assert kept[-2].items() <= kept[-1].items()  # no fold was made twice: its seconds would differ
    assert bench("--runs", killed, *arguments).returncode == 0
    assert digests(killed) == digests(tmp_path / "whole")
    assert not list(killed.rglob("*.partial"))


@pytest.mark.real_data
def test_the_main_job_on_the_real_cohort(bench_here, tmp_path):
    models = ["clinical_cox", "random_risk"]
    data = ["--runs", tmp_path, "--data", "real"]
    done = bench(*data, "run", "--task", "nsclc_recurrence", "--protocol", "repeated", "--jobs", 2, "--model", *models)
    assert done.returncode == 0, done.stderr
    board = json.loads(bench_here(*data, "leaderboard", "--task", "nsclc_recurrence", "--protocol", "repeated", "--format", "json").stdout)
    assert (board["cohort"]["data"], board["cohort"]["patients"], board["cohort"]["events"]) == ("real", 115, 32)
    assert board["tests_per_patient"] == 10
    by_model = {entry["model"]: entry for entry in board["entries"]}
    assert abs(by_model["random_risk"]["estimate"] - 0.5) < 0.05
    assert all(len(entry["interval"]) == 2 and entry["failed_folds"] == 0 for entry in board["entries"])
    assert "densenet" in bench_here(*data, "run", "--task", "nsclc_recurrence", "--model", "coxnet[modalities=genomics+densenet]").stderr
