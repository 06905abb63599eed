"""A Review: everything that one run found out, as one frozen value. The report draws it, the command line tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from leadline.align.result import CheckResult
from leadline.align.run import CheckOptions
from leadline.decide.forecast import ObjectiveForecast
from leadline.decide.standing import BetStanding, Range
from leadline.evidence.import_report import ImportReport
from leadline.evidence.small_cells import LEAST
from leadline.evidence.who import Who
from leadline.inputs import Stages
from leadline.measure.bridge import BridgeStep
from leadline.measure.paths import Comparison
from leadline.review.mixing import Mixed
from leadline.review.people_cells import Shown, step_rows


@dataclass(frozen=True)
class Fix:
    """One thing to mend first: what is wrong, what to do, and the money that hangs on it."""

    code: str
    title: str
    text: str
    fix: str
    money: float | None
    element_id: str


@dataclass(frozen=True)
class GroupView:
    """One group of a step's entries; rate is the raw share with its exact 90 % interval."""

    name: str
    entered: int
    moved: int
    rate: Range | None


@dataclass(frozen=True)
class StepView:
    """One step of the bridge, believed and measured.

    unit: of the rate, `%` for shares, else money or count · apart: tactics that it is counted without
    """

    from_name: str
    to_name: str
    unit: str
    believed_rate: Range | None
    measured_rate: Range | None
    believed_lag: Range | None
    measured_lag: Range | None
    entered: int
    moved: int
    open: int
    rejected: int
    note: str
    groups: tuple[GroupView, ...]
    result: BridgeStep | None
    shown: Shown = field(default_factory=Shown)
    apart: frozenset[str] = frozenset()

    def table(self) -> list[dict[str, object]]:
        """Return the rows of the measured step as they may be shown, none where it was not measured."""
        return [] if self.result is None else step_rows(self.result, self.shown)


@dataclass(frozen=True)
class TableView:
    """One canonical table as it stands in the warehouse."""

    name: str
    rows: int
    first: dt.date | None
    last: dt.date | None
    source: str


@dataclass(frozen=True)
class ImportView:
    """One file that came in, now or earlier."""

    file: str
    recognised_as: str
    records: int


@dataclass(frozen=True)
class UnmatchedView:
    """Something that belongs to no tactic: a campaign with its money, or an origin with its rows.

    rows: None where they tell of few people
    why: why it was not matched, "" where nothing fits · proposed: the one tactic whose dates and channel fit
    """

    name: str
    money: float | None
    rows: int | None
    why: str = ""
    proposed: str | None = None


@dataclass(frozen=True)
class FactView:
    """One quality fact, with the level of a finding. endangers: money, journeys, bridge or time."""

    name: str
    level: str
    text: str
    where: str = ""
    endangers: str = "time"


@dataclass(frozen=True)
class EvidenceSummary:
    """What the warehouse holds, what came in, what was rejected, what belongs to no tactic, what is odd, who is one person."""

    tables: tuple[TableView, ...] = ()
    imports: tuple[ImportView, ...] = ()
    rejects: int = 0
    unmatched: tuple[UnmatchedView, ...] = ()
    facts: tuple[FactView, ...] = ()
    identity: Who | None = None


@dataclass(frozen=True)
class MapNode:
    """One element on the strategy map. lane: a strategy level, objective, tactic, metric or value_event."""

    id: str
    kind: str
    name: str
    lane: str
    money: float | None
    findings: tuple[str, ...]
    level_word: str


@dataclass(frozen=True)
class MapEdge:
    """One link on the strategy map. kind: serves, bet or enables · grade: of the evidence behind a bet, or ""."""

    source: str
    target: str
    kind: str
    grade: str
    suspect: bool
    label: str
    money: float | None


@dataclass(frozen=True)
class MapData:
    """The strategy map as data."""

    nodes: tuple[MapNode, ...]
    edges: tuple[MapEdge, ...]


@dataclass(frozen=True)
class TouchpointView:
    """One place where people meet the organisation.

    score: 0..100 of `answers` answers, None where nobody asked · promised, staffed, workload: hours a week, None unknown
    first_response: as promised · needs: touch points without which this one fails · steps: of the bridge that pass here
    """

    id: str
    name: str
    stage: str
    owner: str
    control: str
    importance: int | None
    score: float | None
    answers: float | None
    method: str
    scored_on: dt.date | None
    first_response: str
    promised: float | None
    staffed: float | None
    workload: float | None
    needs: tuple[str, ...]
    steps: tuple[str, ...]
    findings: tuple[str, ...]
    level_word: str


@dataclass(frozen=True)
class TouchpointMap:
    """The touch points, and the stages of the journey from the first used one to the last, holes among them."""

    points: tuple[TouchpointView, ...]
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Review:
    """One run over a workspace.

    answer: in one sentence · sentences: what else must be said, what the data cannot tell among it
    computed, kept: results made now, and results found as they were · reports: of the imports of this run
    asked: what the checks were told, so that pages read the very same case (`align.run.case_of`)
    entries: (from, to) metric ids -> the rows that the bridge was measured on, so that pages count as it does
    small_cell: groups of fewer people are not shown as a number
    mix: what each channel brought, as far as that is known
    """

    title: str
    organisation: str
    currency: str
    plan_hash: str
    plan_status: str
    as_of: dt.date
    snapshot: str | None
    seed: int
    versions: Mapping[str, str]
    answer: str
    sentences: tuple[str, ...]
    check: CheckResult
    fixes: tuple[Fix, ...]
    bets: tuple[BetStanding, ...]
    forecasts: tuple[ObjectiveForecast, ...]
    steps: tuple[StepView, ...]
    credits: Comparison | None
    evidence: EvidenceSummary | None
    map: MapData
    imports: tuple[ImportReport, ...] = ()
    computed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    asked: CheckOptions | None = None
    entries: Mapping[tuple[str, str], Stages] = field(default_factory=dict)
    small_cell: int = LEAST
    mix: Mixed = field(default_factory=Mixed)
