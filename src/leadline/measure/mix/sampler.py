"""Draws from the posterior: the no-U-turn sampler, four chains beside each other, in two stages.

The first stage is stretched by the pilot and learns a step length; its draws give the stretching of the second, whose draws
are the result (an adaptation that all chains share; Hoffman & Gelman 2014, JMLR 15, for the sampler; NumPyro runs it). Every
chain is the same whether chains run beside or after each other. The chains of a stage share their step length, for what one
of them learns in a hundred steps is a matter of luck: a short one costs time, a long one mixing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats, stream
from leadline.measure.mix.density import Model, log_density
from leadline.measure.mix.engine import compiled, engine
from leadline.measure.mix.instant import BATCH
from leadline.measure.mix.pilot import Pilot, pilot, stretched

CHUNK = 50  # steps of a chain between two words about progress; own
WARMUP = 100  # steps of each stage; own: the pilot leaves only the step length to be learned
FIRST_DRAWS = 150  # draws of each chain that the second stage's stretching is learned from; own
DRAWS_NATIONAL, DRAWS_PLACES = 600, 700  # a chain; own: effective draws of 400 are reached with some room
DEEPEST = 10  # doublings of a path, as Stan
FIRST_STEP = 0.3  # own: about what stretched spaces end with


@dataclass(frozen=True)
class Progress:
    """How far a fit is. phase: compiling, pilot, warming up, sampling · left: seconds, None while unknown."""

    phase: str
    done: int
    total: int
    divergences: int = 0
    ess: float | None = None
    left: float | None = None


Tell = Callable[[Progress], None]


@dataclass(frozen=True)
class Drawn:
    """Draws of unbounded numbers, (chains, draws, D), and what the sampler says of them, each (chains, draws)."""

    unbounded: Floats
    divergent: npt.NDArray[np.bool_]
    energy: Floats
    steps: npt.NDArray[np.int64]
    pilot: Pilot
    numbers: dict[str, Any]
    target: float
    states: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Run:
    """How much is drawn: seed, draws of a chain after its warm-up, chains; attempt: each has starting points of its own."""

    seed: int
    draws: int
    chains: int
    attempt: int = 0


class Programs:
    """The compiled functions of one model: potential with its gradient, the start of a chain, and a stretch of it."""

    def __init__(self, model: Model, *, cache_folder: Path | None, target: float, chains: bool = True) -> None:
        """Compile them beside each other; without `chains` only the potential."""
        self._jax, self._jnp = engine(cache_folder)
        self._model, self._cache_folder = model, cache_folder
        self.target = target
        count = len(model.layout)
        self.numbers = self.given(model.numbers, Pilot.standard(count))
        u = self._jnp.zeros(count)
        pool = ThreadPoolExecutor(3)
        self._chain: tuple[Future[Any], Future[Any]] | None = None
        self._many: Future[Any] | None = None
        if chains:
            start, run = self._kernels()
            key = self._jax.random.PRNGKey(0)
            given = key, u, self._jnp.zeros(()), u
            state = self._jax.eval_shape(start, *given)
            traced = self._jax.jit(run).lower(state, self.numbers), self._jax.jit(start).lower(*given)
            going, beginning = (pool.submit(compiled, one) for one in traced)
            self._chain = beginning, going
        self._gradient = compiled(self._jax.jit(self._jax.value_and_grad(self._potential)).lower(u, self.numbers))
        if not chains:
            many = self._jax.jit(self._jax.vmap(self._potential, (0, None)))
            self._many = pool.submit(compiled, many.lower(self._jnp.zeros((BATCH, count)), self.numbers))
        pool.shutdown(wait=False)

    def again(self, target: float) -> Programs:
        """Return the programs of the same model for another acceptance."""
        return Programs(self._model, cache_folder=self._cache_folder, target=target)

    def given(self, numbers: dict[str, Any], found: Pilot) -> dict[str, Any]:
        """Return the numbers of a model on the engine, stretched as a pilot says."""
        whole = {**numbers, "centre": found.centre, "stretch": found.stretch}
        if found.spread.size:
            whole.update({"told": found.told, "usual spread": found.spread})
        return dict(self._jax.tree.map(self._jnp.asarray, whole))

    def gradient(self, u: Floats, numbers: dict[str, Any]) -> tuple[float, Floats]:
        """Return the potential and its gradient at u."""
        whole = {**numbers, "centre": self.numbers["centre"], "stretch": self.numbers["stretch"]}
        value, slope = self._gradient(self._jnp.asarray(u), whole)
        return float(value), np.asarray(slope)

    def many(self, numbers: dict[str, Any]) -> Callable[[Floats], Floats]:
        """Return the potential of `BATCH` unbounded vectors at once, (BATCH, D); only where compiled without chains."""
        if self._many is None:
            raise RuntimeError("these programs were compiled for chains")
        program = self._many.result()
        return lambda u: np.asarray(program(self._jnp.asarray(u), numbers))

    def begin(self, start: Floats, *, key: int, numbers: dict[str, Any], tell: Callable[[int, int], None]) -> Any:
        """Return the state of a chain after its warm-up from w = start."""
        if self._chain is None:
            raise RuntimeError("these programs were compiled without chains")
        stretch = np.asarray(numbers["stretch"])
        potential, slope = self.gradient(np.asarray(numbers["centre"]) + stretch @ start, numbers)
        given = (start, potential, slope @ stretch)
        state = self._chain[0].result()(self._jax.random.PRNGKey(key), *map(self._jnp.asarray, given))
        for _ in range(0, WARMUP, CHUNK):
            state, _ = self._chain[1].result()(state, numbers)
            tell(CHUNK, 0)
        return state

    def go(
        self, state: Any, *, numbers: dict[str, Any], draws: int, tell: Callable[[int, int], None]
    ) -> tuple[Any, list[Any]]:
        """Return a chain's state after further draws, and the draws: (w, divergent, energy, steps)."""
        if self._chain is None:
            raise RuntimeError("these programs were compiled without chains")
        found = []
        for _ in range(0, draws, CHUNK):
            state, part = self._chain[1].result()(state, numbers)
            found.append([np.asarray(one) for one in part])
            tell(CHUNK, int(found[-1][1].sum()))
        return state, [np.concatenate([part[which] for part in found]) for which in range(4)]

    def in_step(self, states: Sequence[Any]) -> list[Any]:
        """Return states of chains that all take the median of their step lengths: one that got stuck holds up no other."""
        learned = np.array([float(one.adapt_state.step_size) for one in states])
        common = self._jnp.asarray(np.exp(np.median(np.log(learned))))
        return [one._replace(adapt_state=one.adapt_state._replace(step_size=common)) for one in states]

    def wait(self) -> None:
        """Wait until everything is compiled."""
        for one in self._chain or ():
            one.result()

    def _potential(self, u: Any, numbers: dict[str, Any]) -> Any:
        return -log_density(u, numbers, shape=self._model.shape, layout=self._model.layout, xp=self._jnp)

    def _kernels(self) -> tuple[Any, Any]:
        from numpyro.infer.hmc import hmc
        from numpyro.infer.util import ParamInfo

        def stretched_potential(numbers: dict[str, Any]) -> Any:
            return lambda w: self._potential(numbers["centre"] + numbers["stretch"] @ w, numbers)

        begin, step = hmc(potential_fn_gen=stretched_potential, algo="NUTS")

        def _start(key: Any, w: Any, potential: Any, slope: Any) -> Any:
            # Both were computed before: a program that does it once more takes a second to compile.
            return begin(
                ParamInfo(w, potential, slope), WARMUP, step_size=FIRST_STEP, adapt_mass_matrix=False, dense_mass=False,
                target_accept_prob=self.target, max_tree_depth=DEEPEST, rng_key=key, model_args=(None,),
            )  # fmt: skip

        def run(state: Any, numbers: dict[str, Any]) -> Any:
            def one(state: Any, _: None) -> Any:
                state = step(state, (numbers,))
                return state, (state.z, state.diverging, state.energy, state.num_steps)

            return self._jax.lax.scan(one, state, None, length=CHUNK)

        return _start, run


def in_chunks(draws: int) -> int:
    """Return so many draws, and no fewer than one, in whole chunks, for progress counts chunks."""
    return max(-(-draws // CHUNK), 1) * CHUNK


def find(programs: Programs, model: Model) -> Pilot:
    """Return the pilot of a model."""
    start = model.layout.unconstrain(np.array([prior.middle for prior in model.layout.priors]))
    return pilot(programs.gradient, programs.numbers, shape=model.shape, layout=model.layout, start=start)


def sample(programs: Programs, model: Model, *, found: Pilot, run: Run, tell: Tell | None = None) -> Drawn:
    """Return draws: a first stage stretched by the pilot, a second by the first's draws."""
    report = _Report(tell, total=run.chains * (2 * WARMUP + FIRST_DRAWS + run.draws))
    programs.wait()
    first = _stage(
        programs,
        programs.given(model.numbers, found),
        found,
        run=replace(run, draws=FIRST_DRAWS),
        use=f"mix first {run.attempt}",
        report=report,
    )
    flat = first.unbounded.reshape(-1, first.unbounded.shape[-1])
    better = stretched(found, flat) if np.isfinite(flat).all() else found
    return _stage(
        programs, programs.given(model.numbers, better), better, run=run, use=f"mix {run.attempt}", report=report
    )


def longer(programs: Programs, model: Model, *, drawn: Drawn, draws: int, tell: Tell | None = None) -> Drawn:
    """Return draws with further ones of the same chains after them."""
    numbers = programs.given(model.numbers, drawn.pilot)
    report = _Report(tell, total=len(drawn.states) * draws)

    def go(state: Any) -> Any:
        return programs.go(state, numbers=numbers, draws=draws, tell=report.add)

    more = _put_together(drawn.pilot, _beside(go, drawn.states), numbers, target=programs.target)

    def joined(name: str) -> Any:
        return np.concatenate([getattr(drawn, name), getattr(more, name)], axis=1)

    return replace(
        more,
        unbounded=joined("unbounded"),
        divergent=joined("divergent"),
        energy=joined("energy"),
        steps=joined("steps"),
    )


def _stage(programs: Programs, numbers: dict[str, Any], found: Pilot, *, run: Run, use: str, report: _Report) -> Drawn:
    def begin(chain: int) -> Any:
        start = stream(run.seed, f"{use} start", index=chain).standard_normal(len(found.centre))
        key = int(stream(run.seed, f"{use} chain", index=chain).integers(2**31))
        return programs.begin(start, key=key, numbers=numbers, tell=report.add)

    def go(state: Any) -> Any:
        return programs.go(state, numbers=numbers, draws=run.draws, tell=report.add)

    begun = programs.in_step(_beside(begin, range(run.chains)))
    return _put_together(found, _beside(go, begun), numbers, target=programs.target)


def _beside(work: Callable[[Any], Any], each: Sequence[Any]) -> list[Any]:
    """Return the results of work done in as many threads as there are cores; the engine holds no lock while it computes."""
    with ThreadPoolExecutor(min(len(each), os.cpu_count() or 1)) as pool:
        return list(pool.map(work, each))


def _put_together(found: Pilot, parts: Sequence[Any], numbers: dict[str, Any], *, target: float) -> Drawn:
    w, divergent, energy, steps = (np.stack([part[which] for _, part in parts]) for which in range(4))
    unbounded = found.centre + w @ found.stretch.T
    kept = {name: np.asarray(value) for name, value in numbers.items() if name in {"told", "usual spread"}}
    return Drawn(
        unbounded, divergent.astype(bool), energy, steps, found, kept, target, tuple(state for state, _ in parts)
    )


class _Report:
    """Counts steps of all chains and says how far they are."""

    def __init__(self, tell: Tell | None, *, total: int) -> None:
        self._tell, self._total = tell, total
        self._done = self._divergences = 0
        self._begun = time.perf_counter()

    def add(self, steps: int, divergences: int) -> None:
        self._done += steps
        self._divergences += divergences
        if self._tell is None:
            return
        spent = time.perf_counter() - self._begun
        left = spent / self._done * (self._total - self._done)
        phase = "sampling" if self._done > self._total / 3 else "warming up"
        self._tell(Progress(phase, self._done, self._total, self._divergences, None, left))


def with_numbers(model: Model, drawn: Drawn) -> Model:
    """Return a model whose numbers say how the draws' hierarchy was parametrised."""
    return replace(model, numbers={**model.numbers, **drawn.numbers})
