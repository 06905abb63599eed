"""A small result made by hand, for what is said and drawn of a mix."""

from __future__ import annotations

import pytest

from made_up_mix import made_up_mix, unsettled_mix


@pytest.fixture
def result():
    """Give a result: tv can be told, search leans on its prior, radio cannot be told from video; letters are not paid for."""
    return made_up_mix()


@pytest.fixture
def unsettled():
    """Give the same result from chains that did not settle."""
    return unsettled_mix()
