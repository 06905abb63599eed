"""JAX, set up once: 64 bits, one thread an evaluation, compiled programs kept where the caller says."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from leadline.errors import MissingExtra

# One thread an evaluation: a step takes microseconds, and chains run beside each other (design, measurement section 2.10).
_FLAGS = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


@cache
def _modules() -> tuple[Any, Any]:
    os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {_FLAGS}".strip()
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    try:
        import jax
        import jax.numpy as jnp
        import numpyro  # noqa: F401 - the sampler; said here, before anything is computed
    except ImportError:
        raise MissingExtra.needed(
            "The mix model", "mix", alternative="credit the ways people came instead: leadline attribute"
        ) from None
    jax.config.update("jax_enable_x64", True)
    return jax, jnp


# A program runs for seconds only, so what its compiler spends on it counts as much (measured on two cores, 156 weeks and 8
# channels: 3.2 s in place of 6.4, and draws take a tenth longer). Other releases may know other names.
_QUICKLY = {"xla_cpu_use_fusion_emitters": False, "xla_cpu_parallel_codegen_split_count": 4}


def compiled(lowered: Any) -> Any:
    """Return a lowered function compiled; quickly, where the compiler knows how."""
    try:
        return lowered.compile(compiler_options=_QUICKLY)
    except RuntimeError:  # of JAX: no such option
        return lowered.compile()


def engine(cache_folder: Path | None = None) -> tuple[Any, Any]:
    """Return `jax` and `jax.numpy`, set up; raises MissingExtra where they are not installed.

    cache_folder: where compiled programs are kept for later processes; None = nowhere
    """
    jax, jnp = _modules()
    if cache_folder is not None:
        jax.config.update("jax_compilation_cache_dir", str(cache_folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    return jax, jnp
