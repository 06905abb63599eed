"""How a tactic's money is divided among the campaigns of an ad account, to the cent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from leadline.inputs import Integers, stream
from leadline.worlds.company import Company
from leadline.worlds.parameters import Campaign


def campaign_money(company: Company, platform: str) -> Iterator[tuple[Campaign, Integers]]:
    """Yield cents per day of each campaign of a platform; a tactic's first campaign on any gets what rounding leaves."""
    campaigns = company.world.campaigns
    for campaign in (campaign for campaign in campaigns if campaign.platform == platform):
        if campaign.tactic is None:
            pacing = stream(company.seed, f"world: pacing of {campaign.id}").gamma(20.0, 1 / 20, company.world.days)
            yield campaign, np.asarray(np.rint(campaign.spend * pacing * 100), dtype=np.int64)
            continue
        spent = company.money[campaign.tactic].spent
        siblings = [other for other in campaigns if other.tactic == campaign.tactic]
        if campaign is siblings[0]:
            rest: Integers = sum((_part(spent, other.share) for other in siblings[1:]), np.zeros_like(spent))
            yield campaign, spent - rest
        else:
            yield campaign, _part(spent, campaign.share)


def _part(cents: Integers, share: float) -> Integers:
    """Return this share of daily money in whole cents, rounded down."""
    return np.asarray(np.floor(cents * share), dtype=np.int64)
