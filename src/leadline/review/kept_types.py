"""The types that a kept result may be made of; nothing else is ever read back."""

from __future__ import annotations

from leadline.decide.forecast import FanPoint, ObjectiveForecast
from leadline.inputs import Manifest
from leadline.measure.bridge import BridgeOptions, BridgePriors, BridgeStep
from leadline.measure.bridge.breaks import Jump
from leadline.measure.bridge.choose import Candidate
from leadline.measure.bridge.clean import Reject
from leadline.measure.bridge.draws import StepDraws
from leadline.measure.bridge.intervals import Interval
from leadline.measure.bridge.pooling import GroupRate
from leadline.measure.bridge.result import Counts
from leadline.measure.bridge.twins import Twin
from leadline.measure.paths import Comparison, Credits, PathOptions

KEPT: tuple[type, ...] = (
    BridgeOptions, BridgePriors, BridgeStep, Candidate, Comparison, Counts, Credits, FanPoint, GroupRate, Interval, Jump, Manifest,
    ObjectiveForecast, PathOptions, Reject, StepDraws, Twin,
)  # fmt: skip
