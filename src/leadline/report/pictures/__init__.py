"""The standard pictures, each built once: a small frozen value that knows its drawing, its sentence and its table.

Every picture answers `.chart(width)` (a plain Vega-Lite dict without theme), `.sentence()` and `.table()`. Colours are
the light values of the theme's tokens; `charts.draw` binds them to the reader's scheme.
"""
