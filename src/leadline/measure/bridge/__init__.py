"""From stage to stage to the sale: how many move on, how long it takes, what is still to come.

fit_bridge(stages) -> BridgeStep          rate and lag of one step, open entries counted as open
fit_bridges([stages, ...]) -> BridgeResult    several steps as a funnel
forecast_pipeline(steps, pipeline) -> PipelineForecast    wins by date from what is open now
    replay_bridge([as it stood, ..., now]) -> BridgeReplay    were past forecasts right?
"""

from leadline.measure.bridge.fit import fit_bridge, fit_bridges
from leadline.measure.bridge.forecast import OpenPipeline, PipelineForecast, forecast_pipeline
from leadline.measure.bridge.options import BridgeOptions, BridgePriors
from leadline.measure.bridge.replay import BridgeReplay, replay_bridge
from leadline.measure.bridge.result import BridgeResult, BridgeStep

__all__ = [
    "BridgeOptions",
    "BridgePriors",
    "BridgeReplay",
    "BridgeResult",
    "BridgeStep",
    "OpenPipeline",
    "PipelineForecast",
    "fit_bridge",
    "fit_bridges",
    "forecast_pipeline",
    "replay_bridge",
]
