"""The checks, one page each, and the settings that change them."""

from __future__ import annotations

import dataclasses
import difflib
import re
import sys
from collections.abc import Sequence
from typing import Any

from generating.markdown import grid, page, plain_number
from leadline.align import examples, registry
from leadline.align import settings as check_settings
from leadline.align.explain import said_of
from leadline.align.rule import Rule
from leadline.align.waivers import is_waivable
from leadline.settings import Settings

SCOPES = {
    "local": "one element at a time",
    "links": "links between elements",
    "sums": "sums over the plan",
    "data": "needs evidence",
    "time": "needs the as-of date",
}
# leadline.toml key → the field of Settings it fills, an example, what it says
SETTING_KEYS = (
    (
        "as_of",
        "as_of",
        "as_of = 2027-09-30",
        "the day on which everything is judged; default the last day covered by evidence, else today",
    ),
    (
        "engine",
        "engine",
        'engine = "duckdb"',
        "where the warehouse lives: `duckdb`, `spark:FOLDER`, or `spark://HOST:PORT?lake=FOLDER`",
    ),
    ("seed", "seed", "seed = 1", "seed of every random use: the same seed gives the same numbers"),
    (
        "own_accounts",
        "own_accounts",
        'own_accounts = ["haldenpumps@social.example", "blog.halden-pumps.example"]\n',
        "accounts and hosts of feeds that publish for us: their posts are ours, and what answers them is a message to us",
    ),
    (
        "[paths] window_days",
        "paths_window_days",
        "[paths]\nwindow_days = 90",
        "how long before a conversion a touch may count, in days",
    ),
    (
        "[paths] outcome",
        "paths_outcome",
        'outcome = "won"\n',
        "what ends a journey: a state of the bridge, or `orders`; default the plan's last state",
    ),
    (
        "[stages.SOURCE]",
        "stages",
        '[stages.hubspot-deals]\n"Closed Won" = "won"\n',
        "a source's stage names → states of the plan's bridge",
    ),
    (
        "[bridge.recorded_from]",
        "recorded_from",
        "[bridge.recorded_from]\nwon = 2026-01-01\n",
        "state → the day from which entries into it were recorded at all; moves before it cannot be seen and do not count as failures",
    ),
    (
        "[identity]",
        "identity",
        '[identity]\nown_domains = ["haldenpumps.example"]\nprobable = 0.97\n',
        "when two records are one person: `probable` joins from this certainty on (0.95), `proposal` proposes (0.5), `shared_emails`, `largest_cluster`, `growth` hold back; `own_domains` name no account",
    ),
    (
        "[channels]",
        "channels",
        '[channels]\nexclude = ["pay.example"]\nbefore = [{field = "source", op = "starts", pattern = "partner-", channel = "Partner"}]\n',
        "hosts whose visits go on with what was before; rules in front of the known ones (`before`) and behind them",
    ),
    (
        "[quality]",
        "quality",
        "[quality]\ndirect.share = 0.5\n",
        "quality fact → threshold in the place of its default",
    ),
    (
        "[retention]",
        "retention",
        "[retention]\ntouches_months = 14\n",
        "how long what is known of people is kept, 0 for good: `social_text_days` 90, `rejects_days` 90, `touches_months` 26, `contacts_months` 36, `responses_months` 24; counts and amounts stay",
    ),
    (
        "[privacy]",
        "privacy",
        "[privacy]\nsmall_cell = 20\n",
        "counts of fewer people are hidden (10, at least 3)",
    ),
    (
        "[mix]",
        "mix",
        '[mix]\noutcome = "stage:lead"\nleft_out = ["Display"]\n',
        "what `measure mix` is of: `outcome` is `orders.net`, `orders.count`, `orders.margin`, `stage:STATE` or `metric:NAME` (default what journeys end in), `grain` a step of time (`week`), `controls` metrics that move it too; `nothing_ran` names channels of which a step without a row means that nothing ran, `left_out` channels that are not measured; `config` a MIX.yaml with priors, kinds of channels, events and the baseline (default `mix.yaml` beside this file)",
    ),
    (
        "[check]",
        "check",
        "[check]\nshared_optimism = 0.3\n\n[check.BUD002]\ntop_share = 0.5",
        "how beliefs are widened, and thresholds of rules, below",
    ),
)


def rules() -> str:
    """Return the list of all rules, family by family."""
    parts = []
    for family in dict.fromkeys(rule.family for rule in registry.RULES):
        rows = [
            (f"[{rule.code}]({rule.code}.md)", f"`{rule.name}`", _level(rule), rule.doc.summary)
            for rule in registry.RULES
            if rule.family == family
        ]
        title = f"{family}: {_question(family)}?"
        parts.append(f"## {title}\n\n{grid(['code', 'name', 'level', 'what'], rows)}")
    preview = sum(rule in registry.PREVIEW for rule in registry.RULES)
    told = f"{len(registry.FIRST)} rules are asked by default, {preview} more with `--preview` or `--select`."
    marks = (
        "The level is the one at approval; a plan that is still a draft is judged more mildly. † marks structural rules: "
        "with such a fault the plan cannot be computed, and they cannot be waived."
    )
    return page("Checks", told, marks, *parts)


def _question(family: str) -> str:
    """Return what a family asks, from the first line of the module its rules stand in."""
    for rule in registry.RULES:
        about = sys.modules[rule.body.__module__].__doc__ or ""
        if rule.family == family and about.startswith(f"{family}: "):
            return about.splitlines()[0].removeprefix(f"{family}: ").rstrip(".")
    raise LookupError(f"No module of {family} says what the family asks; begin its docstring with '{family}: '.")


def _level(rule: Rule) -> str:
    return f"{rule.level}{' †' if rule.structural else ''}{' (preview)' if rule in registry.PREVIEW else ''}"


def rule_page(rule: Rule) -> str:
    """Return the page of one rule: what, why, source, limits, bad, good, how to waive."""
    bad, good = (_example(rule, which) for which in ("bad", "good"))
    limits = ", ".join(f"`{name} = {plain_number(value)}`" for name, value in rule.thresholds.items())
    changed = next(iter(rule.thresholds), "")
    setting = f"Change it in leadline.toml: `[check.{rule.code}]`, then `{changed} = …`." if changed else ""
    return page(
        f"{rule.code} {rule.name}",
        f"**{_level(rule)}** · {SCOPES[rule.scope]} · since {rule.since} · reads {', '.join(f'`{one}`' for one in rule.reads)}",
        f"## What\n\n{rule.doc.what}",
        f"## Why\n\n{_sentence(rule.doc.why)}",
        f"## Source\n\n{_sentence(rule.doc.source)}",
        f"## Limits\n\n{_sentence(rule.doc.thresholds)}\n\nDefaults: {limits}. {setting}" if limits else "",
        f"## Fix\n\n{_sentence(rule.doc.fix)}" if rule.doc.fix else "",
        f"## Bad, and good\n\nLeft out (`-`) is what is wrong, put in (`+`) is what is right.\n\n```diff\n{_difference(bad, good)}\n```",
        _said(rule),
        f"## How to waive\n\n{_waiving(rule)}",
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] if re.match(r"[a-z]+\b[^_(]", text) else text


def _example(rule: Rule, which: str) -> list[str]:
    text = examples.text_of(rule.code, "bad" if which == "bad" else "good")
    return [line for line in text.splitlines() if not examples.is_about_the_example(line)]


def _difference(bad: Sequence[str], good: Sequence[str]) -> str:
    lines = difflib.unified_diff(bad, good, n=2, lineterm="")
    return "\n".join("…" if line.startswith("@@") else line for line in lines if not line.startswith(("---", "+++")))


def _said(rule: Rule) -> str:
    """Return what the rule says about its bad example, and what that example assumes beside the plan."""
    given = examples.conditions_of(examples.text_of(rule.code, "bad"))
    assumed = "Given:\n\n" + "\n".join(f"- {text}" for text in given) + "\n\n" if given else ""
    said = said_of(rule)
    return assumed + ("It says:\n\n" + "\n".join(f"> {text}" for text in said) if said else "")


def _waiving(rule: Rule) -> str:
    if not is_waivable(rule):
        return f"{rule.code} cannot be waived."
    entry = (
        f"control:\n  waivers:\n    - {{id: w-{rule.code.lower()}, code: {rule.code}, target: ID, "
        "reason: why it is right here, approved_by: who, expires: 2027-12-31}"
    )
    return (
        "Write the exception into the plan, with a reason, who approved it, and the last day it holds. A waived finding "
        f"stays listed in every output and comes back the day after.\n\n```yaml\n{entry}\n```"
    )


def settings() -> str:
    """Return every key of leadline.toml: form, default, meaning; then the thresholds of the checks."""
    defaults = {field.name: field for field in dataclasses.fields(Settings)}
    rows = [(f"`{key}`", _said_default(defaults[name]), told) for key, name, _, told in SETTING_KEYS]
    example = "\n".join(line for _, _, line, _ in SETTING_KEYS)
    general = grid(
        ["key in `[check]`", "default", "meaning"],
        [
            (f"`{field.name}`", plain_number(field.default), _meanings(check_settings.CheckSettings)[field.name])
            for field in dataclasses.fields(check_settings.CheckSettings)
            if isinstance(field.default, float)
        ],
    )
    limits = grid(
        ["table", "keys and defaults"],
        [
            (
                f"[`[check.{rule.code}]`](rules/{rule.code}.md)",
                ", ".join(f"`{name} = {plain_number(value)}`" for name, value in rule.thresholds.items()),
            )
            for rule in registry.RULES
            if rule.thresholds
        ],
    )
    return page(
        "Settings",
        "`leadline.toml` beside `plan.yaml`. Every key is optional; an unknown one is an error that names the known ones.",
        grid(["key", "default", "meaning"], rows),
        f"```toml\n{example}\n```",
        f"## Checks\n\n{general}",
        f"## Thresholds of rules\n\nA table may be named by code or by name (`[check.single-basket]`). Every change is named in the output.\n\n{limits}",
    )


def _meanings(cls: type) -> dict[str, str]:
    """Return what a class's docstring says of each field: `name, other: meaning · next: meaning`."""
    found: dict[str, str] = {}
    for line in (cls.__doc__ or "").splitlines()[1:]:
        for piece in re.split(r" · (?=[a-z_, ]+: )", line.strip()):
            names, colon, meaning = piece.partition(": ")
            if colon:
                found |= dict.fromkeys(names.split(", "), meaning)
    return found


def _said_default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING or field.default in {None, ()}:
        return ""
    return f"`{field.default}`"
