"""S3's two models: their layers against the specification, attention against torch's own, and the patients whom they must survive."""

import numpy as np
import pandas as pd
import pytest
import torch
from sksurv.metrics import concordance_index_censored
from torch import nn
from torch.nn.functional import scaled_dot_product_attention

from baselines.cross_attention import AttendedBesideGenes, CrossAttention
from baselines.joint_fusion import JointFusion, MeanBesideGenes
from baselines.shared import cox_fusion
from baselines.shared.cox_fusion import CoxFusion
from benchmark.models import Patients

PAIR = ("rna", "wsi")
QUICK = {"modalities": PAIR, "epochs": 4, "hidden": 16}
MODELS = [(JointFusion, {}), (CrossAttention, {}), (CrossAttention, {"head": "attended"})]
each = pytest.mark.parametrize(("model", "options"), MODELS)


def make(n: int, seed: int = 0, *, signal: float = 0.0, bag: int = 4, marked: bool = False) -> Patients:
    """``n`` patients with genes and one to ``bag`` slides; ``marked``: only the slide whose last column is high tells the risk."""
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"p{number}" for number in range(n)], name="patient_id")
    genes = pd.DataFrame(rng.normal(size=(n, 12)), index=ids, columns=[f"g{number}" for number in range(12)])
    score = rng.normal(size=n)
    sizes = np.full(n, bag) if marked else rng.integers(1, bag + 1, n)
    owner = np.repeat(np.arange(n), sizes)
    number = np.concatenate([np.arange(size) for size in sizes])
    slides = rng.normal(size=(len(owner), 6))
    telling = number == 0 if marked else np.ones(len(owner), bool)
    slides[telling, 0] = score[owner[telling]]
    slides[:, 5] = np.where(telling, 2.0, -2.0) if marked else slides[:, 5]
    index = pd.MultiIndex.from_arrays([ids[owner], number], names=["patient_id", "instance"])
    risk = signal * ((0.0 if marked else genes["g0"].to_numpy()) + score)
    death, end = rng.exponential(np.exp(-risk)), rng.exponential(3.0, size=n)
    outcome = np.empty(n, dtype=[("event", bool), ("time", float)])
    outcome["event"], outcome["time"] = death <= end, np.minimum(death, end)
    columns = [f"w{number}" for number in range(6)]
    return Patients(ids, {"rna": genes, "wsi": pd.DataFrame(slides, index=index, columns=columns)}, outcome)


def without(patients: Patients, modality: str, number: int) -> Patients:
    """The first ``number`` patients lack a modality."""
    table = patients.blocks[modality]
    kept = table[~table.index.get_level_values(0).isin(patients.ids[:number])]
    return Patients(patients.ids, {**patients.blocks, modality: kept}, patients.outcome)


def c_index(patients: Patients, model: CoxFusion) -> float:
    outcome = patients.outcome
    return float(concordance_index_censored(outcome["event"], outcome["time"], model.predict(patients))[0])


def shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in network.named_parameters()}


RNA = {"rna.1.weight": (256, 1544), "rna.1.bias": (256,), "rna.4.weight": (128, 256), "rna.4.bias": (128,)}


def test_layers_of_joint_fusion() -> None:
    network = JointFusion(modalities=PAIR).build(1544, 1024)
    assert shapes(network) == {**RNA, "risk.weight": (1, 1152), "risk.bias": (1,)}
    assert sum(value.numel() for value in network.parameters()) == (1544 + 1) * 256 + (256 + 1) * 128 + (1024 + 128 + 1)
    assert network.dropout.p == 0.8
    assert JointFusion().batch_size == 128


@pytest.mark.parametrize(("head", "width"), [("both", 256), ("attended", 128)])
def test_layers_of_cross_attention(head: str, width: int) -> None:
    network = CrossAttention(modalities=PAIR, head=head).build(1544, 1024)
    own = {"key.weight": (128, 1024), "value.weight": (128, 1024), "value.bias": (128,)}
    assert shapes(network) == {**RNA, **own, "risk.weight": (1, width), "risk.bias": (1,)}
    assert sum(value.numel() for value in network.parameters()) == 395520 + 32896 + 131072 + 131200 + width + 1
    assert {module.p for module in network.modules() if isinstance(module, nn.Dropout)} == {0.0}
    default = CrossAttention()
    assert (default.learning_rate, default.epochs, default.bag_size, default.batch_size) == (1e-3, 20, 32, 128)


def ragged(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    mask = torch.arange(5)[None] < torch.tensor([5, 1, 3, 2])[:, None]
    return torch.randn(4, 9, generator=generator), torch.randn(4, 5, 7, generator=generator) * mask[..., None], mask


def test_attention_is_torchs_scaled_dot_product() -> None:
    """The cheaper order of the products changes nothing: keys and values as they are written in the docstring."""
    genes, instances, mask = ragged()
    network = AttendedBesideGenes(9, 7, 16, 0.0, beside=False).eval()
    query, keys, values = network.rna(genes)[:, None], network.key(instances), network.value(instances)
    attended = scaled_dot_product_attention(query, keys, values, attn_mask=mask[:, None])[:, 0]
    torch.testing.assert_close(network(genes, instances, mask), network.risk(attended)[:, 0], rtol=1e-5, atol=1e-6)
    beside = AttendedBesideGenes(9, 7, 16, 0.0, beside=True).eval()
    query, keys, values = beside.rna(genes)[:, None], beside.key(instances), beside.value(instances)
    attended = scaled_dot_product_attention(query, keys, values, attn_mask=mask[:, None])
    expected = beside.risk(torch.cat([attended, query], dim=2))[:, 0, 0]
    torch.testing.assert_close(beside(genes, instances, mask), expected, rtol=1e-5, atol=1e-6)


def test_joint_fusion_takes_the_mean_of_the_instances_that_are_there() -> None:
    genes, instances, mask = ragged()
    network = MeanBesideGenes(9, 7, 16, 0.8).eval()
    means = torch.stack([instances[number, mask[number]].mean(0) for number in range(4)])
    expected = network.risk(torch.cat([means, network.rna(genes)], dim=1))[:, 0]
    torch.testing.assert_close(network(genes, instances, mask), expected)


@pytest.mark.parametrize("build", [lambda: MeanBesideGenes(9, 7, 16, 0.0), lambda: AttendedBesideGenes(9, 7, 16, 0.0, True)])
def test_padding_is_not_seen(build) -> None:
    genes, instances, mask = ragged()
    network = build().eval()
    filled = torch.where(mask[..., None], instances, torch.tensor(1e3))
    torch.testing.assert_close(network(genes, filled, mask), network(genes, instances, mask))


@pytest.mark.parametrize(
    ("model", "options", "least"),
    [
        (JointFusion, {"dropout": 0.0, "learning_rate": 0.01}, 0.75),
        (CrossAttention, {}, 0.75),
        (CrossAttention, {"head": "attended"}, 0.64),
    ],
)
def test_learns_from_what_it_is_shown(model, options, least: float) -> None:
    everyone = make(320, 1, signal=2.0)
    train, valid, test = (everyone.take(part) for part in np.split(np.arange(320), [120, 160]))
    fitted = model(modalities=PAIR, hidden=32, **options)
    fitted.fit(train, valid)
    assert c_index(test, fitted) > least
    slideless = without(test, "wsi", len(test))
    assert c_index(slideless, fitted) < c_index(test, fitted) - 0.05
    if options.get("head") != "attended":
        assert c_index(without(test, "rna", len(test)), fitted) < c_index(test, fitted) - 0.05
    else:
        assert len(np.unique(fitted.predict(slideless))) == 1  # the genes are in the weights alone, and there is nothing to weigh


@each
def test_fits_twenty_patients(model, options) -> None:
    train = make(20, 10, signal=3.0)
    fitted = model(modalities=PAIR, **options)
    fitted.fit(train, train)
    assert c_index(train, fitted) > (0.7 if options else 0.9)  # "attended" sees the half of the risk that is in the slides


def test_attention_finds_the_instance_that_tells() -> None:
    everyone = make(400, 2, signal=3.0, bag=8, marked=True)
    train, valid, test = (everyone.take(part) for part in np.split(np.arange(400), [200, 250]))
    attention, mean = CrossAttention(modalities=PAIR, hidden=32), JointFusion(modalities=PAIR, hidden=32)
    for fitted in (attention, mean):
        fitted.fit(train, valid)
    weights = attention.attention(test)
    marked = weights.index.get_level_values(1) == 0
    assert weights[marked].mean() > 2 * weights[~marked].mean()
    assert c_index(test, attention) > c_index(test, mean) + 0.02


def test_attention_of_every_instance_sums_to_one() -> None:
    patients = make(70, 3, signal=1.0, bag=6)  # more than are predicted at a time
    fitted = CrossAttention(**QUICK, bag_size=2)
    fitted.fit(patients, make(20, 4, signal=1.0))
    test = without(make(70, 5, bag=6), "wsi", 3)
    weights = fitted.attention(test)
    assert weights.index.equals(test.blocks["wsi"].index)
    sums = weights.groupby(level=0).sum()
    assert len(sums) == 67
    np.testing.assert_allclose(sums, 1, atol=1e-6)
    assert weights.groupby(level=0).max().min() < 0.99


@each
def test_same_seed_same_bytes_and_the_global_generator_is_left_alone(model, options) -> None:
    train, valid, test = make(40, 1, signal=1.0), make(15, 2, signal=1.0), make(12, 3)
    state = torch.get_rng_state()
    risks = []
    for seed in (2**63 + 7, 2**63 + 7, 8):
        fitted = model(**QUICK, **options, seed=seed)
        fitted.fit(train, valid)
        risks.append(fitted.predict(test).tobytes())
    assert risks[0] == risks[1] != risks[2]
    assert torch.equal(torch.get_rng_state(), state)


@each
def test_companions_and_order_do_not_matter(model, options) -> None:
    fitted = model(**QUICK, **options)
    fitted.fit(make(40, 1, signal=1.0), make(15, 2, signal=1.0))
    test = make(50, 3)
    risk = fitted.predict(test)
    assert risk.dtype == np.float64
    order = np.random.default_rng(0).permutation(50)
    np.testing.assert_allclose(fitted.predict(test.take(order)), risk[order], atol=1e-6)
    np.testing.assert_allclose([fitted.predict(test.take([number]))[0] for number in range(50)], risk, atol=1e-6)


@each
def test_patients_without_a_block_count_as_the_mean(model, options) -> None:
    train = without(without(make(40, 1, signal=1.0), "rna", 8), "wsi", 4)
    fitted = model(**QUICK, **options)
    fitted.fit(train, without(make(15, 2, signal=1.0), "wsi", 15))
    test = without(without(make(10, 3), "rna", 2), "wsi", 2)
    risk = fitted.predict(test)
    assert np.isfinite(risk).all()
    assert risk[0] == risk[1]
    average = train.blocks["rna"].mean().to_frame(test.ids[0]).T
    mean = train.blocks["wsi"].mean().to_frame(("p0", 0)).T
    mean.index = pd.MultiIndex.from_tuples([(test.ids[0], 0)])
    imputed = Patients(test.ids[:1], {"rna": average, "wsi": mean})
    np.testing.assert_allclose(fitted.predict(imputed), risk[:1], atol=1e-6)


@each
def test_a_block_with_one_row_per_patient_is_a_bag_of_one(model, options) -> None:
    train = make(30, 1, signal=1.0)
    single = {
        name: Patients(part.ids, {"rna": part.blocks["rna"], "radiomics": part.block("wsi")}, part.outcome)
        for name, part in (("train", train), ("valid", make(10, 2, signal=1.0)))
    }
    fitted = model(**{**QUICK, "modalities": ("radiomics", "rna")}, **options)
    fitted.fit(single["train"], single["valid"])
    assert fitted.genes.width == 12  # the genes are found in either order
    assert np.ptp(fitted.predict(single["train"])) > 0


def test_the_epoch_with_the_lowest_validation_loss_is_kept(monkeypatch) -> None:
    losses, states = iter([3.0, 1.0, 2.0, 1.0]), []
    original, train_epoch = cox_fusion.cox_loss, CoxFusion._epoch

    def epoch(self, network, *others):
        train_epoch(self, network, *others)
        states.append({name: value.clone() for name, value in network.state_dict().items()})

    monkeypatch.setattr(cox_fusion, "cox_loss", lambda risk, *outcome: original(risk, *outcome) if risk.requires_grad else next(losses))
    monkeypatch.setattr(CoxFusion, "_epoch", epoch)
    fitted = JointFusion(**QUICK)
    fitted.fit(make(30, 1, signal=1.0), make(10, 2, signal=1.0))
    assert len(states) == 4
    assert all(torch.equal(value, states[1][name]) for name, value in fitted.network.state_dict().items())
    assert not torch.equal(states[1]["risk.weight"], states[3]["risk.weight"])


def test_without_an_event_in_validation_the_last_epoch_is_kept() -> None:
    train, valid = make(30, 1, signal=1.0), make(10, 2)
    valid.outcome["event"] = False
    long, short = (CrossAttention(**{**QUICK, "epochs": epochs}) for epochs in (5, 1))
    for fitted in (long, short):
        fitted.fit(train, valid)
    distance = [float((a - b).detach().abs().max()) for a, b in zip(long.network.parameters(), short.network.parameters(), strict=True)]
    assert max(distance) > 0.01


@pytest.mark.parametrize(("patients", "batch", "steps"), [(20, 128, 6), (300, 128, 6), (1000, 128, 8)])
def test_an_epoch_has_at_least_six_batches_of_equal_size(patients: int, batch: int, steps: int, monkeypatch) -> None:
    sizes = []

    def counted(risk, event, time):
        if risk.requires_grad:
            sizes.append(len(risk))
        return risk.sum() * 0

    monkeypatch.setattr(cox_fusion, "cox_loss", counted)
    JointFusion(modalities=PAIR, hidden=8, epochs=1, batch_size=batch).fit(make(patients, 1, signal=1.0, bag=1), make(10, 2))
    assert len(sizes) == steps
    assert max(sizes) <= batch
    assert max(sizes) - min(sizes) <= 1


def test_training_sees_bags_of_the_size_asked_for(monkeypatch) -> None:
    widths = []
    forward = AttendedBesideGenes.forward

    def watched(self, genes, instances, mask):
        widths.append((self.training, mask.shape[1]))
        return forward(self, genes, instances, mask)

    monkeypatch.setattr(AttendedBesideGenes, "forward", watched)
    CrossAttention(**QUICK, bag_size=3).fit(make(30, 1, bag=9), make(20, 2, bag=9))
    assert {width for training, width in widths if training} == {3}
    assert {width for training, width in widths if not training} == {9}


@pytest.mark.parametrize(
    ("offered", "picked"),
    [
        (("clinical", "wsi", "ct", "rna"), ("rna", "wsi")),
        (("clinical", "genomics", "mri", "ct"), ("genomics", "ct")),
        (("rna", "histology", "wsi"), ("rna", "histology")),
        (("clinical", "rna"), ("rna",)),  # one is too few: the task is skipped
        (("ct", "mri"), ("ct",)),
    ],
)
def test_pick(offered: tuple[str, ...], picked: tuple[str, ...]) -> None:
    assert CrossAttention.pick(offered, offered) == JointFusion.pick(offered, offered) == picked


def test_what_cannot_be_learned_from_is_refused() -> None:
    train, valid = make(20, 1), make(10, 2)
    with pytest.raises(ValueError, match="exactly 2 modalities needed, got rna"):
        JointFusion(modalities=("rna",)).fit(train, valid)
    with pytest.raises(ValueError, match="no modality 'ct' here, only rna, wsi"):
        CrossAttention(modalities=("rna", "ct")).fit(train, valid)
    with pytest.raises(ValueError, match="need outcomes"):
        CrossAttention(modalities=PAIR).fit(train, Patients(valid.ids, valid.blocks))
    with pytest.raises(ArithmeticError, match="lower the learning rate"):
        CrossAttention(modalities=PAIR, learning_rate=1e30, epochs=2).fit(train, valid)
    train.outcome["event"] = False
    with pytest.raises(ValueError, match="no event"):
        JointFusion(modalities=PAIR).fit(train, valid)


def test_noise_stays_near_chance() -> None:
    test, scores = make(300, 99), []
    for seed in range(6):
        fitted = CrossAttention(**QUICK, seed=seed)
        fitted.fit(make(60, seed), make(12, 50 + seed))
        scores.append(c_index(test, fitted))
    assert np.mean(scores) == pytest.approx(0.5, abs=0.05)
