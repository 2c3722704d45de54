"""The staging system's two models: layers against the paper, and each piece by hand."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from baselines.fmcib_mlp import FmcibMlp, network
from baselines.shared.gene_graph import GeneAttention, MostVariableGenes, correlation_graph
from baselines.shared.health_record import HealthRecord
from baselines.shared.modality_attention import ModalityAttention, effective_number_weights, focal_loss
from baselines.staging_fusion import SIZE, FusionNetwork, StagingFusion, image_encoder
from benchmark.models import Patients
from tests.baselines.every_block import make_patients, without

THREE = ("radiomics", "genomics", "clinical")


def shapes(module: nn.Module) -> list[tuple[int, ...]]:
    return [tuple(layer.weight.shape) for layer in module.modules() if isinstance(layer, nn.Linear)]


def parameters(module: nn.Module) -> int:
    return sum(weights.numel() for weights in module.parameters())


def patients_with(**blocks: pd.DataFrame) -> Patients:
    ids = next(iter(blocks.values())).index
    return Patients(ids, blocks, np.arange(len(ids)) % 2, ("no", "yes"))


# fmcib_mlp


def test_the_published_network() -> None:
    layers = network(4114, 4, 0.3)
    assert shapes(layers) == [(512, 4114), (128, 512), (4, 128)]
    kinds = [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Dropout]
    assert [type(layer) for layer in layers] == [*kinds, *kinds, nn.Linear]
    assert {layer.p for layer in layers if isinstance(layer, nn.Dropout)} == {0.3}
    # weights and biases of three layers, scale and shift of two normalisations: "≈ 2.2 M"
    assert parameters(layers) == (4114 + 1) * 512 + 2 * 512 + (512 + 1) * 128 + 2 * 128 + (128 + 1) * 4 == 2_174_340


def test_18_clinical_columns_and_4096_features_make_4114_inputs() -> None:
    rng = np.random.default_rng(0)
    ids = pd.Index([f"p{number}" for number in range(12)])
    train = patients_with(clinical=pd.DataFrame(rng.normal(size=(12, 18)), ids), fmcib=pd.DataFrame(rng.normal(size=(12, 4096)), ids))
    model = FmcibMlp(modalities=("clinical", "fmcib"), epochs=1)
    model.fit(train, train)
    assert shapes(model.fitted.network)[0] == (512, 4114)


def test_fmcib_mlp_takes_its_imaging_block() -> None:
    offered = ("clinical", "genomics", "radiomics", "fmcib")
    assert FmcibMlp.pick(offered, ("genomics",)) == ("clinical", "fmcib")
    assert FmcibMlp.pick(offered[:3], ("genomics",)) == ("clinical", "radiomics")
    assert FmcibMlp.pick(("clinical", "mutations"), ("clinical", "mutations")) == ("clinical", "mutations")
    with pytest.raises(ValueError, match="at least one modality"):
        FmcibMlp().fit(make_patients("binary", 8, 1), make_patients("binary", 8, 2))


# the graph of genes


def test_a_gene_is_joined_to_those_that_follow_it() -> None:
    rng = np.random.default_rng(0)
    one, two = rng.normal(size=(2, 50))
    table = np.stack([one, -one + 0.1 * rng.normal(size=50), two, one + 0.3 * rng.normal(size=50), np.zeros(50)], axis=1)
    graph = correlation_graph(torch.from_numpy(table), 2)
    assert graph[:, 0].tolist() == [0, 1, 2, 3, 4]  # itself first, also where it is constant
    assert graph[:2, 1:].tolist() == [[1, 3], [0, 3]]  # the sign does not matter
    assert correlation_graph(torch.from_numpy(table), 9).shape == (5, 5)


def test_graph_attention_by_the_definition() -> None:
    torch.manual_seed(0)
    graph = torch.tensor([[0, 2], [1, 0], [2, 1]])
    layer, values = GeneAttention(graph, 4, SIZE, 0.3).eval(), torch.randn(5, 3)
    nn.init.normal_(layer.bias)
    attended, attention = layer.attend(values), layer.attention(values)
    for patient in range(5):
        nodes = [values[patient, gene] * layer.genes[gene] + layer.bias[gene] for gene in range(3)]
        for gene in range(3):
            # Veličković et al., equation 3, with the attention vector cut into the part of i and the part of j
            scores = torch.stack([layer.receiver @ nodes[gene] + layer.sender @ nodes[other] for other in graph[gene]])
            weights = functional.leaky_relu(scores, 0.2).softmax(0)
            torch.testing.assert_close(attention[gene, :, patient], weights)
            expected = sum(weight * nodes[other] for weight, other in zip(weights, graph[gene].tolist(), strict=True))
            torch.testing.assert_close(attended[gene, patient], expected)
    assert layer(values).shape == (5, SIZE)
    assert parameters(layer) == 2 * 3 * 4 + 2 * 4 + 2 * 4 + (4 + 1) * SIZE


def test_the_most_variable_genes_of_the_training_part() -> None:
    ids = pd.Index(list("abcd"))
    block = pd.DataFrame({"flat": [1.0, 1.1, 1.0, 1.1], "wide": [0.0, 9.0, np.nan, 1.0], "some": [1.0, 2.0, 3.0, 2.0]}, index=ids)
    genes = MostVariableGenes("rna", 2).fit(patients_with(rna=block))
    matrix = genes.transform(patients_with(rna=block))
    assert list(genes.kept) == ["wide", "some"]
    assert matrix.shape == (4, 2)
    np.testing.assert_allclose(matrix[2], [0, np.sqrt(2)], atol=1e-12)  # the gap is the mean; (3 − 2) / √½


# the health record


def test_a_record_has_its_gaps_filled_and_marked() -> None:
    block = pd.DataFrame(
        {
            "age": [50.0, np.nan, 60.0, 100.0],
            "stage": pd.Categorical(["I", "III", "I", None], categories=["I", "II", "III"], ordered=True),
            "smoking": pd.Categorical(["never", "current", None, "never"], categories=["never", "former", "current"]),
            "sex": [True, False, True, True],
        },
        index=pd.Index(list("abcd")),
    )
    record = HealthRecord("clinical").fit(patients_with(clinical=block))
    plain = record.transform(patients_with(clinical=block)) * record.scaler.scale_ + record.scaler.mean_
    #   age  stage  sex  current  never  age?  stage?  smoking?
    expected = [
        [50, 0, 1, 0, 1, 0, 0, 0],
        [60, 2, 0, 1, 0, 1, 0, 0],
        [60, 0, 1, 0, 0, 0, 0, 1],
        [100, 0, 1, 0, 1, 0, 1, 0],
    ]
    np.testing.assert_allclose(plain, expected, atol=1e-9)
    nothing = patients_with(clinical=block.iloc[:0].reindex(["x"]))
    missing = record.transform(nothing) * record.scaler.scale_ + record.scaler.mean_
    np.testing.assert_allclose(missing, [[60, 0, 1, 0, 0, 1, 1, 1]], atol=1e-9)


def test_a_record_of_constants_is_an_error() -> None:
    block = pd.DataFrame({"age": [50.0, 50.0]}, index=pd.Index(["a", "b"]))
    for table in (block, block.iloc[:0].reindex(["a", "b"])):
        with pytest.raises(ValueError, match="clinical: no column varies"):
            HealthRecord("clinical").fit(patients_with(clinical=table))


# cross-modal attention and the loss


def fused(layer: ModalityAttention, vectors: Tensor, present: list[list[bool]]) -> Tensor:
    with torch.no_grad():
        return layer(vectors, torch.tensor(present)).unflatten(1, (3, -1))


def test_modalities_attend_to_each_other_by_the_definition() -> None:
    torch.manual_seed(0)
    layer, vectors = ModalityAttention(4, (1, 1, 1)), torch.randn(1, 3, 4)
    query, key, value = (part.weight.detach() for part in (layer.query, layer.key, layer.value))
    for modality in range(3):
        scores = torch.stack([(query @ vectors[0, modality]) @ (key @ vectors[0, other]) / 2 for other in range(3)])
        mixed = vectors[0, modality] + sum(share * (value @ vectors[0, other]) for other, share in enumerate(scores.softmax(0)))
        torch.testing.assert_close(fused(layer, vectors, [[True] * 3])[0, modality], functional.layer_norm(mixed, (4,)))


def test_what_a_patient_lacks_leaves_no_trace() -> None:
    torch.manual_seed(0)
    layer, vectors = ModalityAttention(4, (0.4, 0.3, 0.3)), torch.randn(2, 3, 4)
    other = vectors.clone()
    other[:, 1] = 100.0
    mask = [[True, False, True], [False, False, False]]
    result = fused(layer, vectors, mask)
    torch.testing.assert_close(result, fused(layer, other, mask))
    assert not result[0, 1].any()
    assert not result[1].any()
    assert torch.isfinite(result).all()


def test_the_weights_of_the_modalities() -> None:
    torch.manual_seed(0)
    layer, vectors = ModalityAttention(4, (1, 1, 1)), torch.randn(1, 3, 4)
    simple = fused(layer, vectors, [[True] * 3])
    layer.weights = torch.tensor([0.4, 0.3, 0.3])
    torch.testing.assert_close(fused(layer, vectors, [[True] * 3]), simple * torch.tensor([1.2, 0.9, 0.9])[:, None])
    layer.weights = torch.tensor([1.0, 1.0, 1.0]) / 3
    two = fused(layer, vectors, [[True, False, True]])
    layer.weights = torch.tensor([0.4, 0.3, 0.3])  # of two, 4/7 and 3/7
    torch.testing.assert_close(fused(layer, vectors, [[True, False, True]]), two * torch.tensor([8 / 7, 1.0, 6 / 7])[:, None])


def test_effective_numbers_by_hand() -> None:
    codes = torch.tensor([0, 0, 1])  # (1 − ½) / (1 − ½²) = ⅔ against 1, and nobody of the third
    torch.testing.assert_close(effective_number_weights(codes, 3, 0.5), torch.tensor([0.8, 1.2, 0.0]))
    # β → 1: inverse frequencies
    torch.testing.assert_close(effective_number_weights(codes, 2, 1 - 1e-9), torch.tensor([2 / 3, 4 / 3]), atol=1e-5, rtol=0)


def test_focal_loss() -> None:
    scores, codes = torch.randn(7, 3), torch.tensor([0, 1, 2, 0, 1, 2, 0])
    torch.testing.assert_close(focal_loss(torch.ones(3), 0.0)(scores, codes), functional.cross_entropy(scores, codes))
    three_quarters = torch.tensor([[np.log(3.0), 0.0]])
    loss = focal_loss(torch.tensor([2.0, 5.0]), 2.0)(three_quarters, torch.tensor([0]))
    assert float(loss) == pytest.approx(2 * 0.25**2 * np.log(4 / 3))


# staging_fusion


@cache
def trained(kind: str, attention: str = "simple") -> StagingFusion:
    model = StagingFusion(modalities=THREE, attention=attention, epochs=15)  # type: ignore[arg-type]
    model.fit(make_patients(kind, 30, 1), make_patients(kind, 12, 2))  # type: ignore[arg-type]
    return model


def test_the_fused_network() -> None:
    net = trained("multiclass").fitted.network
    assert isinstance(net, FusionNetwork)
    image, genes, record = net.branches
    assert shapes(image) == [(64, 12), (SIZE, 64)]
    assert isinstance(genes, GeneAttention)
    assert genes.graph.shape == (20, 5)
    assert shapes(record)[0][0] == SIZE
    assert shapes(net.attention) == [(SIZE, SIZE)] * 3
    assert shapes(net.classifier) == [(64, 3 * SIZE), (3, 64)]


def test_the_image_branch_is_any_module_that_gives_a_vector() -> None:
    assert shapes(image_encoder(107, SIZE, 0.3)) == [(64, 107), (SIZE, 64)]
    volumes = nn.Sequential(nn.Conv3d(1, 2, 3), nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(2, SIZE))
    net = FusionNetwork([volumes, nn.Linear(5, SIZE)], (1, 1), 16, 4, 0.3)
    assert net(torch.randn(2, 1, 6, 6, 6), torch.randn(2, 5), torch.ones(2, 2, dtype=torch.bool)).shape == (2, 4)


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_a_missing_branch_is_masked_and_nothing_is_the_class_frequencies(kind: str) -> None:
    model, test = trained(kind), make_patients(kind, 6, 3)  # type: ignore[arg-type]
    changed = test.blocks["genomics"].copy()
    changed.loc[test.ids[0]] = np.nan
    gaps, rows = replace(test, blocks={**test.blocks, "genomics": changed}), without(test, "genomics", [0])
    np.testing.assert_array_equal(model.predict(gaps), model.predict(rows))
    assert not np.allclose(model.predict(rows)[0], model.predict(test)[0])
    for block in THREE:
        rows = without(rows, block, [1])
    frequencies = model.prior if kind == "multiclass" else model.prior[1]
    np.testing.assert_array_equal(model.predict(rows)[1], frequencies)


def test_weights_count_only_if_asked_for() -> None:
    assert trained("binary").weights == (1, 1, 1)
    net = trained("binary", "mod_weighted").fitted.network
    torch.testing.assert_close(net.attention.weights, torch.tensor([0.4, 0.3, 0.3]))  # type: ignore[union-attr]
    pair = StagingFusion(modalities=("clinical", "radiomics"), attention="mod_weighted", epochs=1)
    pair.fit(make_patients("binary", 12, 1), make_patients("binary", 6, 2))
    torch.testing.assert_close(pair.fitted.network.attention.weights, torch.tensor([4 / 7, 3 / 7]))  # type: ignore[union-attr]


def test_blocks_find_their_branches() -> None:
    pick = StagingFusion.pick
    assert pick(("clinical", "clinical_tnm", "genomics", "radiomics_all", "radiomics"), ()) == ("radiomics", "genomics", "clinical")
    assert pick(("clinical", "mutations", "wsi", "ct", "mri"), ()) == ("ct", "clinical")
    assert pick(("clinical", "mutations"), ()) == ("clinical",)  # fewer than min_modalities: skipped
    train = make_patients("binary", 12, 1)
    for modalities, message in [
        (("clinical",), "different branches .image, genes, record., got clinical"),
        (("clinical", "semantic", "genomics"), "got clinical"),
        ((), "got none"),
    ]:
        with pytest.raises(ValueError, match=message):
            StagingFusion(modalities=modalities).fit(train, train)
    with pytest.raises(ValueError, match="three positive numbers"):
        StagingFusion(modalities=THREE, attention="mod_weighted", modality_weights=(0.5, 0.5)).fit(train, train)


def test_companions_do_not_matter() -> None:
    model, test = trained("binary"), make_patients("binary", 10, 3)
    np.testing.assert_allclose(model.predict(test.take([7, 2])), model.predict(test)[[7, 2]], atol=1e-6)
