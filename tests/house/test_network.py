"""The guard against outside connections works."""

from __future__ import annotations

import socket

import pytest


def test_a_connection_to_the_outside_is_stopped():
    with socket.socket() as outside, pytest.raises(AssertionError, match="no outside connection"):
        outside.connect(("192.0.2.1", 80))
