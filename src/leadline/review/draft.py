"""Start from files: no plan yet, people drop what they have, and get a workspace, a draft and three sentences.

    start = start_from_files(workspace, [Path("deals.csv"), Path("ads.csv")], request=StartRequest(now))

Nothing is invented: the draft holds what the files tell of the situation. A second run over the same files adds nothing
and changes no byte; further files add to the plan by splices, and what a person changed or took out stays so.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from pathlib import Path

from leadline.errors import InputError, NothingDone, UsageError
from leadline.evidence.channels import SPEND_TAGS
from leadline.evidence.frames import last_day, stages_out
from leadline.evidence.import_progress import Tell
from leadline.evidence.rules import refresh
from leadline.evidence.sources.related import RelatedDraft
from leadline.evidence.store import Store, open_store
from leadline.measure.bridge import BridgeStep
from leadline.plan.graph import Graph
from leadline.plan.saving import save
from leadline.plan.schema import plan_schema
from leadline.plan.source import Document, parse_plan, read_plan
from leadline.plan.spelling import Value, written
from leadline.review.by_channel import NONE_GIVEN, by_channel
from leadline.review.draft_elements import Drafted, sales_of
from leadline.review.draft_questions import Question, questions
from leadline.review.draft_story import notes, sentences
from leadline.review.draft_text import (
    SETTINGS,
    blank,
    with_amounts_named,
    with_currency,
    with_elements,
    with_stage_maps,
)
from leadline.review.drafting import Picture, new_elements
from leadline.review.importing import setup_of
from leadline.review.intake import Door, FileRead, Intake, expanded, take_in
from leadline.review.keep import Keep
from leadline.review.kept_types import KEPT
from leadline.review.listed import counted_once, kept_lists
from leadline.review.measuring import Asking, fitted
from leadline.review.people_cells import shown_of
from leadline.review.plan_facts import plan_facts, states
from leadline.review.run import Request, day_of
from leadline.review.stage_chain import Chain, Pair, chain
from leadline.review.stage_names import proposed_maps, slug
from leadline.review.ways import way_of
from leadline.settings import Settings, read_settings
from leadline.workspace import Workspace

CURRENCY_OF = "currency:"  # + hash + code: what was said of the amounts of a list that names none
WHOSE_CURRENCY = "plan.currency"  # the plan was given its currency; who takes it out again meant it
OF_THE_BROWSER = ("jobs", "inbox")  # in evidence/: work in the background, and files dropped but not yet understood
MEMORY = "start.json"  # in evidence/: keys of what was ever drafted, so that what a person took out stays out


@dataclass(frozen=True)
class StartRequest:
    """What a start is asked for. now: the clock · currency: of files that name none.

    show: told of mappings drafted for related tables, before they are used · progress: told before anything slow
    course: told how far imports are, where that is wanted
    """

    now: Callable[[], dt.datetime]
    as_of: dt.date | None = None
    seed: int | None = None
    currency: str | None = None
    show: Callable[[RelatedDraft], None] = field(default=lambda _: None)
    progress: Callable[[str], None] = field(default=lambda _: None)
    course: Tell | None = None


@dataclass(frozen=True)
class Start:
    """What starting from files gave.

    files: each as it was read · added: what this run wrote into the plan, in its order · picture: what the data show
    sentences: where the money went, how far it got, what these data can't tell · questions: open ones, five at most
    document: the plan, None where nothing was understood and no workspace was made
    """

    workspace: Workspace
    files: tuple[FileRead, ...]
    related: RelatedDraft | None = None
    added: tuple[Drafted, ...] = ()
    picture: Picture = field(default_factory=Picture)
    sentences: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    document: Document | None = None


def start_from_files(workspace: Workspace, files: Sequence[Path], *, request: StartRequest) -> Start:
    """Read files into a workspace, which is made where there is none, and draft what they tell of the situation.

    Raises UsageError for files that do not exist, LeadlineError where the plan or the settings cannot be read.
    """
    paths = expanded(files, workspace)
    if not paths:
        raise UsageError("Only files of the workspace itself were named. Name exports or spreadsheets.")
    was_there = workspace.plan.exists()
    there = _own_files(workspace)
    document = read_plan(workspace.plan) if was_there else _blank(workspace)
    settings = read_settings(workspace.settings)
    named = _stage_names(workspace)
    memory = _remembered(workspace)
    if memory is None:  # a plan that was not drafted here: what its evidence held before is its writer's business
        memory = _keys_now(workspace, document, settings, request=request) if was_there else frozenset()
    intake = _taken(workspace, document, settings, paths=paths, request=request, said=_currencies(memory))
    memory = _with_currencies(memory, intake.files, request.currency)
    if not was_there and not any(file.is_understood for file in intake.files):
        _remove_new(workspace, there)
        return Start(workspace, intake.files, questions=questions(None, Picture(), files=intake.files))
    settings = _with_states(workspace, document, settings, named=named)
    _refreshed(workspace, document, settings, request)
    given = tuple(file.sha256 for file in intake.files)
    listed = counted_once(kept_lists(workspace, _currencies(memory)), last=given)
    picture = replace(_picture(workspace, document, settings, request=request), named=listed)
    added = new_elements(document.plan, picture, files=intake.files, memory=memory)
    before = document.texts if was_there else {}
    document = with_amounts_named(document, intake.files)
    if WHOSE_CURRENCY not in memory and picture.currency:
        document, memory = with_currency(document, picture.currency), memory | {WHOSE_CURRENCY}
    document = with_elements(document, added)
    if not was_there:  # before the plan: whoever is stopped here starts anew, with nothing missing
        schema = json.dumps(plan_schema(), indent=1) + "\n"
        (workspace.folder / "plan.schema.json").write_text(schema, encoding="utf-8")
    save(before, document.texts)
    _refreshed(workspace, document, settings, request)  # the plan's states are known now; the next run finds it done
    _remember(workspace, memory | {one.key for one in added})
    drafted = intake.related
    said = (
        () if drafted is None else tuple(f"{text.rstrip('.')}." for text in (*drafted.notes, *drafted.open_questions))
    )
    return Start(
        workspace, intake.files, intake.related, added, picture, sentences(picture),
        questions(document.plan, picture, files=intake.files), (*said, *picture.named.notes, *notes(document.plan, picture)), document,
    )  # fmt: skip


def _blank(workspace: Workspace) -> Document:
    return blank(workspace.folder, slug(workspace.folder.resolve().name, otherwise="plan"))


def _taken(
    workspace: Workspace,
    document: Document,
    settings: Settings,
    *,
    paths: Sequence[Path],
    request: StartRequest,
    said: Mapping[str, str],
) -> Intake:
    """Read the files into the workspace."""
    setup = replace(setup_of(document.plan, settings), notice=request.progress, progress=request.course)
    facts = plan_facts(document.plan)
    door = Door(workspace, facts, setup, request.now, request.currency, said, request.show, request.progress)
    return take_in(door, paths)


def _currencies(memory: AbstractSet[str]) -> dict[str, str]:
    """Return hash of a list's file → the currency that somebody named for it."""
    said = ((key.split(":")[1], key.split(":")[2]) for key in memory if key.startswith(CURRENCY_OF))
    return dict(said)


def _with_currencies(memory: frozenset[str], files: Sequence[FileRead], currency: str | None) -> frozenset[str]:
    """Return the memory with the currency that was named in this call for the lists it gave."""
    mine = {file.sha256 for file in files if file.lists and currency is not None}
    kept = {key for key in memory if not (key.startswith(CURRENCY_OF) and key.split(":")[1] in mine)}
    return frozenset(kept | {f"{CURRENCY_OF}{sha}:{currency}" for sha in mine})


def _own_files(workspace: Workspace) -> frozenset[Path]:
    """Return what a start may make, as far as it is there: of the rest of the folder nothing is looked at.

    What the browser keeps in evidence/ is not a start's: it may come in while the start is at work.
    """
    roots = [workspace.folder, workspace.exports, workspace.mappings, workspace.evidence, workspace.settings]
    there = [path for path in roots if path.exists()]
    inside = (path for root in there[1:] if root.is_dir() for path in root.rglob("*"))
    others = tuple(workspace.evidence / name for name in OF_THE_BROWSER)
    return frozenset((*there, *(path for path in inside if not any(path.is_relative_to(one) for one in others))))


def _remove_new(workspace: Workspace, there: AbstractSet[Path]) -> None:
    """Take away what this call made, so that a start that understood nothing leaves nothing behind."""
    for path in sorted(_own_files(workspace) - there, reverse=True):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)


def _stage_names(workspace: Workspace) -> frozenset[tuple[str, str]]:
    """Return the stages that the warehouse knows, as (source, name there)."""
    store = open_store(workspace)
    if not store.exists():
        return frozenset()
    rows = store.ask("SELECT DISTINCT source, stage_raw FROM stages WHERE stage_raw IS NOT NULL").to_pylist()
    return frozenset((row["source"], row["stage_raw"]) for row in rows)


def _keys_now(workspace: Workspace, document: Document, settings: Settings, *, request: StartRequest) -> frozenset[str]:
    """Return the keys of everything that would be drafted from what the workspace holds already."""
    picture = _picture(workspace, document, settings, request=replace(request, progress=lambda _: None), measure=False)
    return frozenset(one.key for one in new_elements(document.plan, picture, files=(), memory=frozenset()))


def _with_states(
    workspace: Workspace, document: Document, settings: Settings, *, named: AbstractSet[tuple[str, str]]
) -> Settings:
    """Map stage names to states in leadline.toml where nobody did. named: names known before; they stay as they are."""
    is_new = not workspace.settings.exists()
    old = SETTINGS if is_new else workspace.settings.read_text(encoding="utf-8")
    names: dict[str, list[str]] = {}
    for source, raw in sorted(_stage_names(workspace) - named):
        names.setdefault(source, []).append(raw)
    known = frozenset(states(document.plan).values())
    text = with_stage_maps(old, proposed_maps(names, known=settings.stages, states=known))
    if is_new or text != old:
        workspace.settings.write_text(text, encoding="utf-8")
        return read_settings(workspace.settings)
    return settings


def _refreshed(workspace: Workspace, document: Document, settings: Settings, request: StartRequest) -> None:
    setup = setup_of(document.plan, settings)
    facts = plan_facts(document.plan)
    refresh(workspace, facts, channels=setup.channels, stage_maps=setup.stage_maps, clock=request.now)


def _picture(
    workspace: Workspace,
    document: Document,
    settings: Settings,
    *,
    request: StartRequest,
    measure: bool = True,
) -> Picture:
    """Return what the evidence of the workspace shows."""
    store = open_store(workspace)
    if not store.exists():
        return Picture()
    asked = Request(now=request.now, as_of=request.as_of, seed=request.seed, progress=request.progress)
    at = day_of(store, document.plan, settings=settings, request=asked)
    found = chain(store, at)
    sales = sales_of(document.plan, found)
    request.progress("following the money by channel")
    channels = by_channel(store, at, sale_states=sales, window_days=settings.paths_window_days)
    shown = shown_of(store, settings.privacy.small_cell)
    seed = settings.seed if request.seed is None else request.seed
    asking = Asking(store, at, settings, seed, Keep(workspace.results, KEPT), request.progress)
    steps, unmeasured = _measured(found, asking) if measure else ({}, {})
    files: dict[str, tuple[str, ...]] = {}
    for row in store.ask("SELECT DISTINCT source, file FROM imports ORDER BY source, file").to_pylist():
        files[row["source"]] = (*files.get(row["source"], ()), row["file"])
    currency = channels.main.currency if channels.main is not None else _booked(store)
    until = last_day(store) or at.day
    whole, channels = channels, channels.shown(shown.least)
    told = {one.name for one in channels.origins}
    folded = ("" if one.name == NONE_GIVEN else one.name for one in whole.origins if one.name not in told)
    shown = replace(shown, apart=frozenset(("origin", name) for name in folded))
    return Picture(found, sales, channels, steps, unmeasured, currency, files, at, until, _account(store), shown=shown)


def _measured(found: Chain, asking: Asking) -> tuple[dict[Pair, BridgeStep], dict[Pair, str]]:
    """Measure every step of the chain, as a plan that holds nothing but that chain would have it measured."""
    metrics: list[Value] = [{"id": state.id, "source": f"stage:{state.id}"} for state in found.states]
    steps: list[Value] = [{"from": start, "to": end} for start, end in found.steps]
    text = written({"plan": {"id": "chain"}, "metrics": metrics, "tactics": {"bridge": steps}}, in_flow=False)
    graph = Graph(parse_plan(text).plan)
    measured: dict[Pair, BridgeStep] = {}
    unmeasured: dict[Pair, str] = {}
    for start in dict.fromkeys(pair[0] for pair in found.steps):
        pairs = [pair for pair in found.steps if pair[0] == start]
        ways = [way_of(graph, pair, recorded_from=asking.settings.recorded_from) for pair in pairs]
        for pair, entries in zip(pairs, stages_out(asking.store, start, ways=ways, at=asking.at), strict=True):
            try:
                measured[pair] = fitted(asking, entries)
            except (InputError, NothingDone) as problem:
                unmeasured[pair] = str(problem)
    return measured, unmeasured


def _booked(store: Store) -> str:
    """Return the currency that most deals, stages and orders are in, "" where none names one."""
    told = " UNION ALL ".join(
        f"SELECT currency FROM {table} WHERE {amount} IS NOT NULL AND currency IS NOT NULL"
        for table, amount in (("deals", "amount"), ("stages", "amount"), ("orders", "net"))
    )
    rows = store.ask(
        f"SELECT currency, COUNT(*) AS n FROM ({told}) AS t GROUP BY currency ORDER BY n DESC, currency LIMIT 1"
    )
    return str(rows["currency"][0].as_py()) if rows.num_rows else ""


def _account(store: Store) -> str:
    """Return the one name that ad accounts bear, "" where there is none, several, or only numbers."""
    rows = store.ask("SELECT DISTINCT source, account FROM spend WHERE account IS NOT NULL").to_pylist()
    names = {row["account"].strip() for row in rows if row["source"] in SPEND_TAGS}
    words = {name for name in names if any(map(str.isalpha, name))}
    return words.pop() if len(words) == 1 else ""


def _remembered(workspace: Workspace) -> frozenset[str] | None:
    """Return the keys of what was drafted before, None where nothing says so."""
    path = workspace.evidence / MEMORY
    try:
        return frozenset(json.loads(path.read_text(encoding="utf-8"))["drafted"])
    except (OSError, ValueError, KeyError, TypeError):  # lost or damaged: as if another had written the plan
        return None


def _remember(workspace: Workspace, keys: AbstractSet[str]) -> None:
    if keys == _remembered(workspace):
        return
    workspace.evidence.mkdir(parents=True, exist_ok=True)
    part = workspace.evidence / f"{MEMORY}.part"
    part.write_text(json.dumps({"drafted": sorted(keys)}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(workspace.evidence / MEMORY)
