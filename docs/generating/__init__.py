"""The generator of docs/reference: one module per kind of page."""
