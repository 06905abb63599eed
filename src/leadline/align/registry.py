"""All rules, as explicit tuples: FIRST are on by default, PREVIEW by `--preview` or `--select`. Codes are never reused."""

from __future__ import annotations

from collections.abc import Iterable

from leadline.align.rule import Rule
from leadline.align.rules import (
    action,
    aims,
    audience,
    bridge,
    budget,
    control,
    counting,
    data,
    enablement,
    history,
    journey,
    objectives,
    plan_file,
    precedents,
    resources,
    rewriting,
    risks,
    segments,
    situation,
    spread,
    steps,
    strategy,
    tactics,
    targets,
    tests,
    touchpoints,
    upkeep,
    waivers,
)
from leadline.errors import UsageError, did_you_mean
from leadline.plan.model import Plan

FIRST: tuple[Rule, ...] = (
    # PLN
    plan_file.duplicate_id,
    plan_file.unknown_reference,
    plan_file.unknown_field,
    plan_file.bad_quantity,
    plan_file.suspect_link,
    plan_file.cycle,
    plan_file.estimate_order,
    plan_file.rate_out_of_range,
    # SIT
    situation.no_situation,
    situation.no_competitor_audit,
    situation.venues_unknown,
    situation.channel_unaudited,
    # STR
    strategy.no_business_strategy,
    strategy.level_gap,
    strategy.direction_contradiction,
    strategy.growth_mode_mismatch,
    strategy.tactics_before_strategy,
    strategy.tool_list,
    strategy.nothing_excluded,
    strategy.sibling_unaligned,
    strategy.posture_mismatch,
    strategy.no_position,
    # OBJ
    objectives.not_measurable,
    objectives.no_baseline,
    objectives.no_deadline,
    objectives.activity_as_objective,
    objectives.engagement_without_sale,
    objectives.unsupported_objective,
    objectives.coverage_gap,
    objectives.too_late,
    objectives.long_shot,
    # AUD
    audience.unaddressed_mailer,
    audience.no_message,
    audience.no_timing,
    audience.wrong_hangout,
    audience.mixed_messages,
    audience.claim_without_proof,
    audience.absent_where_they_are,
    # TPM
    touchpoints.no_map,
    touchpoints.poor_delivery_promoted,
    touchpoints.promise_not_resourced,
    touchpoints.bridge_off_map,
    touchpoints.poor_unimproved,
    touchpoints.no_loop,
    # TAC
    tactics.distraction,
    tactics.no_mechanism,
    tactics.no_expected_effect,
    tactics.no_cost,
    tactics.me_too,
    tactics.misdated,
    # BRG
    bridge.no_bridge,
    bridge.broken_bridge,
    bridge.untracked_step,
    bridge.unowned_handover,
    bridge.rate_without_source,
    bridge.broadcast_dead_end,
    bridge.value_event_without_worth,
    counting.counted_twice,
    bridge.delivers_without_count,
    bridge.enables_nothing,
    counting.branches_over_all,
    bridge.bet_nobody_can_settle,
    counting.runaway_loop,
    # BUD
    budget.overspent,
    budget.single_basket,
    budget.low_traced_spend,
    budget.does_not_pay,
    budget.social_alone,
    # RES
    resources.over_capacity,
    resources.nobody_drives,
    # ACT
    action.loose_task,
    action.out_of_order,
    # CTL
    control.control_missing,
    control.no_action_on_red,
    control.no_stop_rule,
    # MEA
    tests.no_causal_design,
    # ENB
    enablement.team_not_equipped,
    enablement.lead_flood,
    enablement.no_definition,
    enablement.assets_late,
    # RSK
    risks.no_consent_basis,
    # WVR
    waivers.bare_waiver,
    waivers.expired_waiver,
    waivers.not_waivable,
    # DAT
    data.red_without_decision,
    data.step_diverges,
    data.wins_that_do_not_count,
)

PREVIEW: tuple[Rule, ...] = (
    # PLN
    upkeep.missing_owner,
    upkeep.stale_plan,
    upkeep.unused_element,
    upkeep.changed_after_approval,
    upkeep.unknown_person,
    # SIT
    situation.no_customer_evidence,
    situation.finding_unaddressed,
    situation.evidence_stale,
    situation.one_sided,
    situation.below_fair_voice,
    # STR
    aims.strategy_without_objective,
    aims.too_many_goals,
    aims.advantage_conflict,
    # OBJ
    targets.no_parent,
    history.implausible_jump,
    history.trend_already_there,
    targets.no_guardrail,
    targets.baseline_quality,
    targets.conflicting_objectives,
    targets.weights_off,
    targets.per_cent_ambiguous,
    # AUD
    segments.thin_segment,
    segments.priority_unfunded,
    segments.leaky_growth,
    segments.in_market_only,
    # TPM
    journey.unowned_touchpoint,
    journey.promise_broken,
    journey.stage_hole,
    journey.weak_score,
    # TAC
    tactics.serves_everything,
    tactics.effect_on_parent_and_child,
    precedents.rate_outside_evidence,
    precedents.untried_at_scale,
    precedents.copied_forward,
    tactics.vague_verbs,
    tactics.effect_without_serves,
    # BRG
    steps.no_call_to_action,
    counting.over_claimed,
    steps.override_without_base,
    # BUD
    spread.brand_activation_band,
    spread.media_mix,
    budget.labour_omitted,
    budget.no_reserve,
    spread.phasing,
    budget.unallocated,
    budget.run_heavy,
    # RES
    resources.skill_gap,
    resources.single_point,
    resources.unagreed_help,
    # ACT
    action.many_accountable,
    action.overdue,
    action.tactic_without_tasks,
    # CTL
    control.too_slow,
    control.nobody_reads,
    control.no_path,
    control.kpi_flood,
    control.idle_watch,
    control.no_source,
    control.guardrail_unwatched,
    # MEA
    tests.underpowered,
    tests.window_shorter_than_lag,
    tests.self_graded,
    tests.no_decision_rule,
    # ENB
    enablement.slower_than_promised,
    enablement.no_reject_reasons,
    # RSK
    risks.untested_assumption,
    risks.undisclosed_endorsement,
    risks.testimonial_permission,
    # WVR
    waivers.unused_waiver,
    # DAT
    data.off_pace,
    data.stale_data,
    rewriting.bet_rewritten,
)

RULES: tuple[Rule, ...] = (*FIRST, *PREVIEW)


def woken_by(plan: Plan) -> frozenset[str]:
    """Return the codes of preview rules that are on by default for this plan: RSK003 once somebody gets an incentive."""
    is_paid_for = any(tactic.incentive for tactic in plan.tactics.list)
    return frozenset({risks.undisclosed_endorsement.code} if is_paid_for else ())


def find_rule(code_or_name: str) -> Rule:
    """Return the rule with this code (any case) or name; raises UsageError with the nearest three."""
    wanted = code_or_name.strip()
    for rule in RULES:
        if wanted.upper() == rule.code or wanted.lower() == rule.name:
            return rule
    names = nearest(wanted)
    raise UsageError(f'No check is called "{wanted}". Nearest: {", ".join(names)}. Write a code or a name.')


def nearest(wanted: str) -> tuple[str, ...]:
    """Return the three rules whose code or name is nearest, as `CODE name`."""
    from difflib import SequenceMatcher

    def likeness(rule: Rule) -> float:
        code = SequenceMatcher(None, wanted.upper(), rule.code).ratio()
        return max(code, SequenceMatcher(None, wanted.lower(), rule.name).ratio())

    ranked = sorted(RULES, key=lambda rule: (-likeness(rule), rule.code))
    return tuple(f"{rule.code} {rule.name}" for rule in ranked[:3])


def select(
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    *,
    preview: bool = False,
    woken: frozenset[str] = frozenset(),
) -> tuple[Rule, ...]:
    """Return the rules of a run: FIRST and those woken, with PREVIEW by the flag, narrowed by codes, names or prefixes.

    Raises UsageError for a selector that matches no rule.
    """
    wanted, unwanted = tuple(select), tuple(ignore)
    for selector in (*wanted, *unwanted):
        if not any(matches(selector, rule) for rule in RULES):
            known = [name for rule in RULES for name in (rule.code, rule.name)]
            families = ", ".join(dict.fromkeys(rule.family for rule in RULES))
            raise UsageError(
                f'--select or --ignore "{selector}" matches no check.{did_you_mean(selector, known)} '
                f"Write a code, a name or a prefix. Families: {families}."
            )
    chosen = RULES if wanted or preview else (*FIRST, *(rule for rule in PREVIEW if rule.code in woken))
    if wanted:
        chosen = tuple(rule for rule in chosen if any(matches(selector, rule) for selector in wanted))
    return tuple(rule for rule in chosen if not any(matches(selector, rule) for selector in unwanted))


def matches(selector: str, rule: Rule) -> bool:
    """Say whether a selector means the rule: its code, its name, or the beginning of its code."""
    return selector.lower() == rule.name or rule.code.startswith(selector.upper())
