"""Room: decide."""
