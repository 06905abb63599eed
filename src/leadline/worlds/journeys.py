"""Journeys as a Markov chain over channels, absorbed in CONVERSION or NOTHING.

What the chain implies is known exactly: the chance to convert, how it falls when a channel is taken away (removal
effect), and, by Doob's h-transform, the chain of those journeys that end in one way:
p̃(i→j) = p(i→j) h(j) / h(i), h(i) = chance to end there from i.

Kemeny and Snell, "Finite Markov Chains", 1960 (absorbing chains); Anderl and others, "Mapping the Customer Journey", 2016.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats, Integers
from leadline.worlds.parameters import CONVERSION, NOTHING, START, Chain


@dataclass(frozen=True)
class Moves:
    """A chain as arrays. start: shape (C,) · between: shape (C, C) · end: shape (C,), chance to stop in this way."""

    start: Floats
    between: Floats
    end: Floats


@dataclass(frozen=True)
class Walks:
    """Journeys one after another: journey i is `steps[offsets[i]:offsets[i + 1]]`; converted: shape (n,)."""

    offsets: Integers
    steps: Integers
    converted: Floats

    def journey(self, index: int) -> list[int]:
        """Return the channel numbers of one journey, oldest first."""
        return [int(step) for step in self.steps[self.offsets[index] : self.offsets[index + 1]]]


def arrays(chain: Chain, ending: str) -> Moves:
    """Return the chain's transitions, with the chance to be absorbed in `ending`."""
    names = chain.channels
    row = chain.transitions
    return Moves(
        start=np.array([row[START].get(name, 0.0) for name in names]),
        between=np.array([[row[one].get(other, 0.0) for other in names] for one in names]),
        end=np.array([row[one].get(ending, 0.0) for one in names]),
    )


def chance(moves: Moves) -> tuple[float, Floats]:
    """Return the chance to end this way, from START and from each channel: h = (I − P)⁻¹ r."""
    onward: Floats = np.asarray(np.linalg.solve(np.eye(len(moves.end)) - moves.between, moves.end), dtype=np.float64)
    return float(moves.start @ onward), onward


def removal_effects(chain: Chain) -> dict[str, float]:
    """Return the share of conversions lost when a channel's journeys end in nothing instead."""
    moves = arrays(chain, CONVERSION)
    whole, _ = chance(moves)
    effects = {}
    for index, name in enumerate(chain.channels):
        kept = np.ones(len(chain.channels))
        kept[index] = 0.0
        rest, _ = chance(Moves(moves.start * kept, moves.between * kept, moves.end * kept))
        effects[name] = 1 - rest / whole
    return effects


def conditioned(chain: Chain, ending: str) -> Moves:
    """Return the chain of journeys that end in `ending`, exactly (h-transform)."""
    moves = arrays(chain, ending)
    whole, onward = chance(moves)
    safe = np.where(onward > 0, onward, 1.0)
    return Moves(
        start=moves.start * onward / whole,
        between=moves.between * onward[None, :] / safe[:, None],
        end=np.where(onward > 0, moves.end / safe, 1.0),
    )


def walk(chain: Chain, count: int, *, random: np.random.Generator) -> Walks:
    """Draw journeys from the whole chain; a journey has at least one step."""
    moves = arrays(chain, CONVERSION)
    lost = arrays(chain, NOTHING).end
    return _run(moves, lost, count, random)


def walk_to(chain: Chain, ending: str, *, count: int, random: np.random.Generator) -> Walks:
    """Draw journeys that end in CONVERSION or in NOTHING."""
    walks = _run(conditioned(chain, ending), np.zeros(len(chain.channels)), count, random)
    return Walks(walks.offsets, walks.steps, np.full(count, float(ending == CONVERSION)))


def _run(moves: Moves, lost: Floats, count: int, random: np.random.Generator) -> Walks:
    """Walk all journeys at once, one step of each per round."""
    onward = np.cumsum(np.hstack([moves.between, moves.end[:, None], lost[:, None]]), axis=1)
    channels = len(moves.end)
    state = _pick(np.tile(np.cumsum(moves.start) / moves.start.sum(), (count, 1)), random.random(count))
    rows, taken, rounds = [np.arange(count)], [state], [np.zeros(count, dtype=np.int64)]
    converted = np.zeros(count)
    alive = np.arange(count)
    while len(alive):
        following = _pick(onward[state] / onward[state][:, -1:], random.random(len(alive)))
        converted[alive[following == channels]] = 1.0
        going = following < channels
        alive, state = alive[going], following[going]
        rows.append(alive)
        taken.append(state)
        rounds.append(np.full(len(alive), len(rounds)))
    row, step, turn = np.concatenate(rows), np.concatenate(taken), np.concatenate(rounds)
    order = np.lexsort((turn, row))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=count))]).astype(np.int64)
    return Walks(offsets=offsets, steps=step[order].astype(np.int64), converted=converted)


def _pick(cumulative: Floats, uniform: Floats) -> Integers:
    """Return for each row the first column whose cumulative share exceeds the uniform number."""
    return np.asarray((uniform[:, None] >= cumulative).sum(axis=1).clip(max=cumulative.shape[1] - 1), dtype=np.int64)
