"""How to make a run again, and how to cite what it stands on."""

import re
import shlex
from collections.abc import Iterator

from benchmark.reporting.report.document import Block, Code, Heading, Paragraph, Table
from benchmark.reporting.report.facts import Facts

FUSEBENCH = """@software{fusebench,
  title = {fusebench: frozen multimodal oncology tasks, one fair runner, and statistics that say whether a gain is real},
  author = {{The fusebench contributors}},
  version = {VERSION},
  license = {Apache-2.0}
}"""
METHODS = """@article{collins2024tripodai,
  author = {Collins, Gary S. and Moons, Karel G. M. and Dhiman, Paula and others},
  title = {{TRIPOD+AI} statement: updated guidance for reporting clinical prediction models that use regression or machine learning methods},
  journal = {BMJ}, year = {2024}, volume = {385}, pages = {e078378}, doi = {10.1136/bmj-2023-078378}
}
@inproceedings{mitchell2019modelcards,
  author = {Mitchell, Margaret and Wu, Simone and Zaldivar, Andrew and others},
  title = {Model Cards for Model Reporting},
  booktitle = {Proceedings of the Conference on Fairness, Accountability, and Transparency}, year = {2019}, pages = {220--229}, doi = {10.1145/3287560.3287596}
}
@article{nadeau2003inference,
  author = {Nadeau, Claude and Bengio, Yoshua},
  title = {Inference for the Generalization Error},
  journal = {Machine Learning}, year = {2003}, volume = {52}, number = {3}, pages = {239--281}, doi = {10.1023/A:1024068626366}
}
@article{efron1987better,
  author = {Efron, Bradley},
  title = {Better Bootstrap Confidence Intervals},
  journal = {Journal of the American Statistical Association}, year = {1987}, volume = {82}, number = {397}, pages = {171--185}, doi = {10.1080/01621459.1987.10478410}
}"""
SURVIVAL = """@article{harrell1982evaluating,
  author = {Harrell, Frank E. and Califf, Robert M. and Pryor, David B. and Lee, Kerry L. and Rosati, Robert A.},
  title = {Evaluating the Yield of Medical Tests},
  journal = {JAMA}, year = {1982}, volume = {247}, number = {18}, pages = {2543--2546}, doi = {10.1001/jama.1982.03320430047030}
}"""
CLASSES = """@article{delong1988comparing,
  author = {DeLong, Elizabeth R. and DeLong, David M. and Clarke-Pearson, Daniel L.},
  title = {Comparing the Areas under Two or More Correlated Receiver Operating Characteristic Curves: A Nonparametric Approach},
  journal = {Biometrics}, year = {1988}, volume = {44}, number = {3}, pages = {837--845}, doi = {10.2307/2531595}
}"""


def reproduce(facts: Facts) -> Iterator[Block]:
    """Commands, digests, environment."""
    info = facts.record.info
    environment = info["environment"]
    libraries = ", ".join(f"{name} {version}" for name, version in environment["libraries"].items())
    rows = [
        ["Record", info["digest"]],
        ["Predictions", f"sha256 {info['predictions_sha256']}"],
        ["Model source", f"{info['source'] or 'a file outside the repository'}, sha256 {info['source_digest']}"],
        ["Task, folds, cohort", f"sha256 {info['task_digest']}; {info['folds_digest']}; {info['cohort_digest']}"],
        ["Python, libraries", f"{environment['python']}; {libraries}"],
        [
            "Machine",
            f"{environment['cpu']}, {environment['blas']}, {environment['threads']} thread in each fit; isolation: {info['isolation']}",
        ],
    ]
    yield Heading("6. How to make it again")
    yield Code("\n".join(commands(facts)))
    yield Paragraph(
        "On the same class of CPU with the same libraries the predictions are the same to the last bit, with any number of workers; elsewhere to about 1e-6. "
        "The seed of every fit follows from task, protocol, fold, model and --seed."
    )
    yield Table(["", "What"], rows, (0.2, 0.8))


def commands(facts: Facts) -> list[str]:
    """What to type in a checkout of fusebench."""
    info = facts.record.info
    fetch = "" if facts.task.cohort.data == "real" else "  # the real patients; this run was on the replica"
    run = [
        "bench",
        "run",
        "--task",
        info["task"],
        "--protocol",
        info["protocol"],
        "--endpoint",
        info["endpoint"],
        "--model",
        facts.record.label,
    ]
    run += ["--seed", str(info["seed"])] if info["seed"] else []
    replica = ["bench", "--data", "replica", *run[1:]] if facts.task.cohort.data == "replica" else run
    again = ["bench", "report", f"{info['task']}/{info['protocol']}/{facts.record.label}", "--endpoint", info["endpoint"]]
    return [f"bench data fetch {facts.task.cohort.name}{fetch}", shlex.join(replica), shlex.join(again)]


def references(facts: Facts) -> Iterator[Block]:
    """BibTeX: the benchmark, the cohort, the methods."""
    yield Heading("7. References")
    yield Paragraph("Cite the cohort as its publishers ask; what the model follows stands in its description (section 4).")
    yield Code(bibtex(facts))


def bibtex(facts: Facts) -> str:
    """BibTeX of all that a paper with this run must cite, but for the model's own source, which its description names."""
    sheet = facts.task.cohort.datasheet
    year = re.findall(r"\b(?:19|20)\d\d\b", sheet.citation)
    lines = [
        f"@misc{{{sheet.name},",
        f"  title = {{{tex(sheet.title)}}},",
        f"  note = {{{tex(sheet.citation)}}},",
        f"  howpublished = {{{tex(sheet.source)}}}",
    ]
    lines[-1] += f",\n  year = {{{year[-1]}}}" if year else ""
    version = facts.record.info["environment"]["libraries"].get("fusebench", "")
    return "\n".join([FUSEBENCH.replace("VERSION", version), "\n".join([*lines, "}"]), METHODS, SURVIVAL if facts.survival else CLASSES])


def tex(text: str) -> str:
    """Plain text between the braces of BibTeX."""
    return re.sub(r"([&%$#_])", r"\\\1", text.replace("{", "(").replace("}", ")"))
