"""Print the training table of ``docs/performance.md``: ``python -m tests.benchmarks.training`` (three minutes; one thread, CPU seconds).

S1's protocol (initialisations × weight decays of intermediate fusion on 75 patients, dropout 0.25, full batch) by the plain loop and by the stack,
in short turns, the best of each: other work on the machine then slows both or neither. Then a thousand steps of both with the same
masks, and the largest difference between their predictions for patients who did not train.
"""

import resource
import time

import numpy as np
import torch

from baselines.intermediate_fusion import ConcatenatedStreams
from baselines.shared.members import Masks, Members
from baselines.shared.ranking import Part, ranking_gradient
from tests.baselines import plain

PATIENTS = 75
TURN, TURNS, STEPS = 10, 40, 1000
BLOCKS = {"G 500 + P 107": (500, 107), "G 500 + D 1,024": (500, 1024)}
GRIDS = {"2 × 2": (2, (0.01, 1.0)), "3 × 4": (3, (0.01, 0.1, 0.3, 1.0))}


def cohort(widths, dtype=torch.float32, scale=1.0, n=PATIENTS, seed=0):
    """Blocks as the models scale them, z-scored and divided by their maximum; three in ten patients with an event."""
    rng = np.random.default_rng(seed)
    blocks = [rng.normal(size=(n, width)) for width in widths]
    inputs = tuple(torch.from_numpy(scale * block / np.abs(block).max()).to(dtype) for block in blocks)
    outcome = np.array([*zip(rng.random(n) < 0.3, rng.exponential(size=n), strict=True)], dtype=[("event", bool), ("time", float)])
    return Part.of(inputs, outcome)


def stack(widths, part, initialisations, decays):
    torch.manual_seed(0)
    starts = [ConcatenatedStreams(widths, 0.25, False).to(part.inputs[0]) for _ in range(initialisations)]
    grid = [(number, l2) for number in range(initialisations) for l2 in decays]
    return starts, Members(starts, range(initialisations), grid, part.inputs, 1e-3)


def seconds(function):
    begun = time.process_time()
    function()
    return time.process_time() - begun


def milliseconds(widths, initialisations, decays):
    """(plain loop, stack) for one step of one member."""
    part = cohort(widths)
    network = plain.PlainIntermediateFusion(widths, plain.quarter)
    _, members = stack(widths, part, initialisations, decays)

    def turn():
        for _ in range(TURN):
            members.step(lambda risk: ranking_gradient(risk, part))

    theirs, ours = [], []
    for _ in range(TURNS):
        theirs.append(seconds(lambda: plain.train(network.train(), part, TURN, 0.01)))
        ours.append(seconds(turn))
    return 1e3 * min(theirs) / TURN, 1e3 * min(ours) / TURN / len(members.grid)


def after_a_thousand_steps(widths, dtype, scale):
    """(largest difference between the predictions, largest prediction) for patients who did not train."""
    part, others = cohort(widths, dtype, scale), cohort(widths, dtype, scale, 31, seed=1).inputs
    starts, members = stack(widths, part, 1, (0.01,))
    network = plain.PlainIntermediateFusion(widths).to(dtype)
    plain.copy_weights(starts[0], network)
    masks = Masks(starts[0], PATIENTS, [0])

    def of_step(_):
        masks.hand_out([0])
        return [layer.mask[0].clone() for layer in masks.layers]

    for _ in range(STEPS):
        members.step(lambda risk: ranking_gradient(risk, part))
    plain.train(network, part, STEPS, 0.01, masks=of_step)
    with torch.no_grad():
        theirs = network(*others)
    return float((members.predict(others)[0] - theirs).abs().max()), float(theirs.abs().max())


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def main():
    torch.set_num_threads(1)
    row("blocks", "initialisations × L2", "plain loop, ms a step", "here, ms a step of one member", "ratio")
    row("---", "---:", "---:", "---:", "---:")
    for name, widths in BLOCKS.items():
        for grid, (initialisations, decays) in GRIDS.items():
            theirs, ours = milliseconds(widths, initialisations, decays)
            row(name, grid, f"{theirs:.2f}", f"{ours:.2f}", f"{theirs / ours:.1f}×")
    print(f"\npeak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, libraries included\n")
    row("blocks", "scale", "precision", "largest prediction", "largest difference")
    row("---", "---:", "---", "---:", "---:")
    for name, widths in BLOCKS.items():
        for scale in (1.0, 0.1):
            for dtype in (torch.float32, torch.float64):
                difference, largest = after_a_thousand_steps(widths, dtype, scale)
                row(name, scale, str(dtype).removeprefix("torch."), f"{largest:.2g}", f"{difference:.1g}")


if __name__ == "__main__":
    main()
