"""The likelihood with the baseline integrated out, and the baseline drawn back from it.

y ~ Normal(media, sigma² + Z A Z'), per place its own sigma. Columns that all places share meet in one small system of
equations; those of a single place are eliminated first (Woodbury 1950; Rasmussen & Williams 2006, chapter 2). The cost of
an evaluation grows with rows times columns, never with places times columns squared.

Every function takes the array module as `xp`; shapes may have leading axes of draws where `...` stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.inputs import Floats
from leadline.measure.mix.baseline import Baseline
from leadline.measure.mix.priors import special

_LOG_TAU = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Sums:
    """What the likelihood needs of the columns, summed once over the rows that are observed.

    time (T, K), cross (G, T, C), local (G, T, B): columns · shared: Z'Z of time and cross columns by place, shape
    (G, K + C, K + C) · between: local against shared, (G, B, K + C) · own: local against local, (G, B, B) · rows: (G,)
    """

    time: Any
    cross: Any
    local: Any
    shared: Any
    between: Any
    own: Any
    rows: Any


def sums(baseline: Baseline, observed: Floats) -> Sums:
    """Return the sums over observed rows; observed: 1 or 0, shape (G, T)."""
    geos, steps = observed.shape
    time = np.broadcast_to(baseline.time, (geos, steps, baseline.time.shape[1]))
    whole = np.concatenate([time, baseline.cross], axis=2)
    weighted, local = whole * observed[:, :, None], baseline.local * observed[:, :, None]
    return Sums(
        baseline.time, baseline.cross, baseline.local,
        np.einsum("gtk,gtj->gkj", weighted, whole), np.einsum("gtb,gtk->gbk", local, whole),
        np.einsum("gtb,gtc->gbc", local, baseline.local), observed.sum(axis=1),
    )  # fmt: skip


@dataclass(frozen=True)
class _System:
    """The scaled equations of one evaluation, triangular: what both the density and the draws are read from."""

    own: Any  # Cholesky factors of the places' systems, (..., G, B, B)
    across: Any  # places' systems solved for the shared columns, (..., G, B, K)
    local: Any  # and for the right-hand side, (..., G, B)
    shared: Any  # Cholesky factor of what remains, (..., K, K)
    right: Any  # its solved right-hand side, (..., K)


def _solve(factor: Any, right: Any, xp: Any) -> Any:
    """Return factor⁻¹ right of a lower triangular factor."""
    if xp is np:
        return np.linalg.solve(factor, right)
    from jax.scipy.linalg import solve_triangular

    return solve_triangular(factor, right, lower=True)


def _system(error: Any, sigma: Any, sd: tuple[Any, Any], sums: Sums, xp: Any) -> _System:
    """Return the equations for the coefficients; error: y - media, 0 where nothing is observed, shape (..., G, T)."""
    weight = sigma**-2.0
    shared_sd, local_sd = sd
    weighted = error * weight[..., None]
    right = xp.concatenate(
        [xp.einsum("...gt,tk->...k", weighted, sums.time), xp.einsum("...gt,gtc->...c", weighted, sums.cross)], axis=-1
    ) * shared_sd  # fmt: skip
    scaled = xp.einsum("...g,gkj->...kj", weight, sums.shared) * shared_sd[..., :, None] * shared_sd[..., None, :]
    system = scaled + xp.eye(sums.shared.shape[-1])
    width = sums.own.shape[-1]
    if width == 0:
        factor = xp.linalg.cholesky(system)
        return _System(None, None, None, factor, _solve(factor, right[..., None], xp)[..., 0])
    own = sums.own * weight[..., None, None] * local_sd[..., None, :, None] * local_sd[..., None, None, :] + xp.eye(
        width
    )
    across = sums.between * weight[..., None, None] * local_sd[..., None, :, None] * shared_sd[..., None, None, :]
    local = xp.einsum("...gt,gtb->...gb", weighted, sums.local) * local_sd[..., None, :]
    if width == 1:  # one column a place: a square root instead of a factorisation
        own_factor = xp.sqrt(own)
        across, local = across / own_factor, local / own_factor[..., 0]
    else:
        own_factor = xp.linalg.cholesky(own)
        across, local = _solve(own_factor, across, xp), _solve(own_factor, local[..., None], xp)[..., 0]
    flat = across.reshape((*across.shape[:-3], -1, across.shape[-1]))
    system = system - xp.einsum("...nk,...nj->...kj", flat, flat)
    right = right - xp.einsum("...nk,...n->...k", flat, local.reshape((*local.shape[:-2], -1)))
    factor = xp.linalg.cholesky(system)
    return _System(own_factor, across, local, factor, _solve(factor, right[..., None], xp)[..., 0])


def _diagonal(square: Any, xp: Any) -> Any:
    """Return the diagonal as a sum, whose gradient compiles to less than that of a list of places."""
    return (square * xp.eye(square.shape[-1])).sum(axis=-1)


def log_likelihood(error: Any, sigma: Any, *, sd: tuple[Any, Any], sums: Sums, xp: Any = np) -> Any:
    """Return the log density of the outcome with the baseline integrated out, constant included.

    error: outcome - media, 0 where nothing is observed, shape (..., G, T) · sigma: sd of the noise, (..., G) ·
    sd: prior sds of the coefficients of shared (..., K + C) and of local columns (..., B)
    """
    found = _system(error, sigma, sd, sums, xp)
    fit = (found.right**2).sum(axis=-1)
    logs = xp.log(_diagonal(found.shared, xp)).sum(axis=-1)
    if found.own is not None:
        fit = fit + (found.local**2).sum(axis=(-2, -1))
        logs = logs + xp.log(_diagonal(found.own, xp)).sum(axis=(-2, -1))
    squares = ((error**2).sum(axis=-1) * sigma**-2.0).sum(axis=-1)
    noise = (sums.rows * (_LOG_TAU + 2 * xp.log(sigma))).sum(axis=-1)
    return -0.5 * (squares - fit + 2 * logs + noise)


def coefficients(
    error: Floats, sigma: Floats, *, sd: tuple[Floats, Floats], sums: Sums, noise: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return coefficients of shared columns (..., K + C) and of local ones (..., G, B), drawn given the rest.

    noise: standard normal numbers of those shapes; zeros give the mean
    """
    found = _system(error, sigma, sd, sums, np)
    shared = np.linalg.solve(np.swapaxes(found.shared, -1, -2), (found.right + noise[0])[..., None])[..., 0]
    if found.own is None:
        return shared * sd[0], np.zeros((*error.shape[:-1], 0))
    residual = found.local - np.einsum("...gbk,...k->...gb", found.across, shared) + noise[1]
    local = np.linalg.solve(np.swapaxes(found.own, -1, -2), residual[..., None])[..., 0]
    return shared * sd[0], local * sd[1][..., None, :]


def path(sums: Sums, shared: Any, *, local: Any, xp: Any = np) -> Any:
    """Return the baseline Z c, shape (..., G, T)."""
    width = sums.time.shape[1]
    together = xp.einsum("tk,...k->...t", sums.time, shared[..., :width])[..., None, :]
    crossed = xp.einsum("gtc,...c->...gt", sums.cross, shared[..., width:])
    return together + crossed + xp.einsum("gtb,...gb->...gt", sums.local, local)


def student(error: Any, sigma: Any, *, freedom: Any, observed: Any, xp: Any = np) -> Any:
    """Return the log density of errors with heavy tails, given the baseline.

    error: outcome - media - baseline, (..., G, T) · sigma: (..., G) · freedom: degrees of freedom, (...) · observed: (G, T)
    """
    gammaln = special(xp).gammaln
    nu = freedom[..., None, None]
    ratio = (error / sigma[..., None]) ** 2 / nu
    level = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * xp.log(nu * np.pi) - xp.log(sigma[..., None])
    return ((level - (nu + 1) / 2 * xp.log1p(ratio)) * observed).sum(axis=(-2, -1))
