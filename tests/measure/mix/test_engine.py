import sys

import pytest

from leadline.errors import MissingExtra
from leadline.measure.mix import engine as engines


def test_without_the_extra_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    monkeypatch.setenv("XLA_FLAGS", "")
    engines._modules.cache_clear()
    try:
        with pytest.raises(MissingExtra, match=r"Install leadline\[mix\], or credit the ways"):
            engines.engine()
    finally:
        engines._modules.cache_clear()
