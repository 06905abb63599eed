"""Which writer writes which export; a world names those it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from leadline.worlds.company import Company
from leadline.worlds.people import Register
from leadline.worlds.shop import Order, orders_of
from leadline.worlds.talking import Message, Post, messages_of, posts_of
from leadline.worlds.visits import Visit
from leadline.worlds.world import Export
from leadline.worlds.writers.ga4 import ga4_files
from leadline.worlds.writers.google_ads import google_ads_files
from leadline.worlds.writers.hubspot import hubspot_files
from leadline.worlds.writers.linkedin_ads import linkedin_ads_files
from leadline.worlds.writers.lists import (
    consent_files,
    donation_files,
    journal_files,
    letter_files,
    region_files,
    response_files,
    trial_files,
)
from leadline.worlds.writers.mailchimp import mailchimp_files
from leadline.worlds.writers.mapped import badge_files, check_files, enquiry_files, figure_files, invoice_files
from leadline.worlds.writers.mastodon import mastodon_files
from leadline.worlds.writers.meta_ads import meta_ads_files
from leadline.worlds.writers.shopify import shopify_files
from leadline.worlds.writers.written import Written


@dataclass(frozen=True)
class Material:
    """A company, everybody in it, and what they did: on its website, at its till, in messages and in public."""

    company: Company
    register: Register
    visits: tuple[Visit, ...]

    @cached_property
    def forms(self) -> frozenset[str]:
        """Return the ids of people whose web form arrived."""
        as_of = self.company.as_of
        return frozenset(visit.user for visit in self.visits if visit.form_at and visit.at <= as_of)

    @cached_property
    def orders(self) -> tuple[Order, ...]:
        """Return what the shop sold."""
        return orders_of(self.company, self.register)

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """Return what was asked and answered."""
        return messages_of(self.company)

    @cached_property
    def posts(self) -> tuple[Post, ...]:
        """Return what was said in public."""
        return posts_of(self.company)


def every_file(material: Material) -> Iterator[Written]:
    """Yield every export the company has, mapping files beside their own."""
    for name in material.company.world.exports:
        yield from _WRITERS[name](material)


_WRITERS: Mapping[Export, Callable[[Material], Iterator[Written]]] = {
    "ga4": lambda given: ga4_files(given.company, given.visits),
    "google-ads": lambda given: google_ads_files(given.company),
    "linkedin-ads": lambda given: linkedin_ads_files(given.company),
    "hubspot": lambda given: hubspot_files(given.company, given.register),
    "leads": lambda given: enquiry_files(given.company, given.register, forms=given.forms),
    "badges": lambda given: badge_files(given.company, given.register),
    "invoices": lambda given: invoice_files(given.company),
    "checks": lambda given: check_files(given.company, given.register),
    "figures": lambda given: figure_files(given.company),
    "meta-ads": lambda given: meta_ads_files(given.company),
    "shopify": lambda given: shopify_files(given.company, given.orders),
    "mailchimp": lambda given: mailchimp_files(given.company),
    "mastodon": lambda given: mastodon_files(given.company, given.posts),
    "journal": lambda given: journal_files(given.company, given.register, forms=given.forms),
    "donations": lambda given: donation_files(given.company, given.register),
    "letters": lambda given: letter_files(given.company, given.register),
    "consent": lambda given: consent_files(given.company, given.register),
    "responses": lambda given: response_files(given.company, given.messages),
    "trials": lambda given: trial_files(given.company),
    "regions": lambda given: region_files(given.company),
}
