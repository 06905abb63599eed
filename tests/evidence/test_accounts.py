"""Accounts: names alone join nothing, own domains name nobody's company, buying groups count people of deals."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from leadline.evidence.company_names import alike
from leadline.evidence.frames import as_of
from leadline.evidence.groups import sizes
from leadline.settings import IdentitySettings


class Names:
    """Stand in for a warehouse that holds accounts."""

    def __init__(self, *names):
        self.names = names

    def ask(self, query, **given):
        return pa.table({"account": range(1, len(self.names) + 1), "name": self.names})


def test_nearly_equal_names_are_proposed_and_numbers_keep_sites_apart():
    store = Names(
        "Halden Pumps GmbH", "HALDEN PUMPS", "Halden Pumpen AG", "Plant Halden 1", "Plant Halden 2", "AB", "Abe"
    )
    found = [(one.a, one.b) for one in alike(store)]
    assert found[0] == (1, 2)
    assert (4, 5) not in found
    assert {1, 2, 3} >= {place for pair in found for place in pair}


def test_own_domains_name_no_account(warehouse):
    warehouse.setup = replace(warehouse.setup, identity=IdentitySettings(own_domains=("halden.example",)))
    warehouse.give(
        "crm1.jsonl", [{"links": [["crm:1", "email:ines@halden.example"], ["crm:2", "email:eva@pumps.example"]]}]
    )
    known = warehouse.rows(
        "SELECT i.kind, p.account IS NULL AS none FROM people p JOIN identities i USING (node) ORDER BY p.person, i.kind"
    )
    assert sorted(row["none"] for row in known) == [False, False, True, True]


def deal(number, account, people, status):
    rows = [
        [
            "deals",
            {
                "source_key": str(number),
                "deal": str(number),
                "account": account,
                "status": status,
                "created_at": "2027-01-02T00:00",
            },
        ]
    ]
    rows += [["deal_people", {"deal": str(number), "person_node": f"crm:{one}", "role": "buyer"}] for one in people]
    return {"rows": rows}


def test_a_buying_group_is_the_people_of_an_accounts_deals_and_small_groups_stay_hidden(warehouse):
    big = [deal(n, f"a{n}", [10 * n + one for one in range(2)], "won") for n in range(1, 7)]
    warehouse.give("crm1.jsonl", [*big, deal(20, "b", [900, 901, 902], "lost"), deal(21, "b", [902], "open")])
    at = as_of(warehouse.store, timezone="UTC", day=None)
    one, two, few, many = sizes(warehouse.store, at)
    assert (two.accounts, two.won, two.lost) == (6, 6, 0)
    assert (few.accounts, few.open, few.lost) == (None, None, None), "three people are fewer than ten"
    assert one.accounts == many.accounts == 0
    (row,) = (row for row in warehouse.rows("buying_groups", as_of=at.moment) if row["people"] == 3)
    assert (row["roles"], row["open_deals"], row["lost_deals"]) == ("buyer", 1, 1)
