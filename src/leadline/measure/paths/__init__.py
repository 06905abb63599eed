"""Journeys and credit: which touches the conversions of a path are credited to, and how surely.

`credit_paths` runs one model, `compare_credits` all that the input allows. Credit is not lift: a
credited channel need not have caused anything.
"""

from leadline.measure.paths.compare import Comparison
from leadline.measure.paths.credit import compare_credits, credit_paths
from leadline.measure.paths.journeys import build_journeys
from leadline.measure.paths.options import MODELS, PathOptions
from leadline.measure.paths.result import Credits

__all__ = ["MODELS", "Comparison", "Credits", "PathOptions", "build_journeys", "compare_credits", "credit_paths"]
