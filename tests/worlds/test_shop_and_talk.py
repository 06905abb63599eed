"""Orders, repeat purchases, answers, posts and tests of small companies."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import numpy as np
import pytest

from leadline.inputs import stream
from leadline.plan.source import read_plan
from leadline.worlds import parse_world, read_world, simulate, world_folder
from leadline.worlds.making import write_up
from leadline.worlds.outcomes import voice
from leadline.worlds.parameters import FirstReply, Repeat, Replies
from leadline.worlds.people import make_register
from leadline.worlds.shop import orders_of, purchases
from leadline.worlds.talking import business_later, messages_of, posts_of, reply_hours

REPLIES = Replies(inbound=5, first_reply=FirstReply(median=3 / 24, p90=9 / 24), hours=(9, 18))
SPAN = {"start": dt.date(2027, 4, 19), "as_of": dt.date(2027, 5, 16), "end": dt.date(2027, 5, 31)}


def four_weeks(name):
    world = read_world(world_folder(name) / "world.yaml")
    changes = {"world": world.world.model_copy(update=SPAN), "web_from": None, "visits": 0.5}
    return simulate(world.changed(changes), read_plan(world_folder(name) / "plan.yaml"), seed=8)


@pytest.fixture(scope="module", params=["tidewater", "harbour"])
def company(request):
    return four_weeks(request.param)


@pytest.fixture(scope="module")
def shop():
    return four_weeks("tidewater")


@pytest.fixture(scope="module")
def written(company):
    files, truth = write_up(company)
    return {file.name: file for file in files}, json.loads(truth)


def rows(data, encoding="utf-8"):
    return list(csv.DictReader(io.StringIO(data.decode(encoding))))


def test_every_value_event_with_a_price_is_one_order_of_its_amount(shop):
    orders = orders_of(shop, make_register(shop))
    of_cases = {(order.case, order.state): order.gross for order in orders if order.case}
    worth = {(case.key, state): round(100 * money) for case in shop.cases for state, money in case.worth.items()}
    assert of_cases == {key: money for key, money in worth.items() if key[1] in shop.world.shop.sells}


def test_orders_are_numbered_by_time_and_nothing_comes_after_the_end(shop):
    orders = orders_of(shop, make_register(shop))
    assert [order.number for order in orders] == list(range(1001, 1001 + len(orders)))
    assert [order.at for order in orders] == sorted(order.at for order in orders)
    assert orders[-1].at <= shop.end
    assert all(0 <= order.refunded <= order.gross for order in orders)


def test_buyers_come_again_as_often_as_the_model_expects():
    repeat = Repeat(r=2.0, alpha=60.0, a=1.0, b=3.0)
    start, end = (dt.datetime.fromisoformat(text) for text in ("2027-01-01 10:00", "2027-12-31"))
    counts = [len(purchases(repeat, start, end=end, random=stream(seed, "test"))) - 1 for seed in range(1_500)]
    # Without a limit of time, purchases after the first are geometric given p: E[(1 − p)/p] = b/(a − 1) diverges at a = 1,
    # so the share of buyers who never come again is compared: E[p] = a/(a + b), and those whose next time is too late.
    never = np.mean([count == 0 for count in counts])
    too_late = 0.75 * (60 / (60 + 364)) ** 2  # E[exp(-λ·364)] for λ ~ Gamma(2, rate 60)
    assert never == pytest.approx(0.25 + too_late, abs=3 * np.sqrt(0.25 / 1_500))


def test_answers_take_the_hours_that_are_true():
    hours = np.array([reply_hours(REPLIES.first_reply, stream(seed, "test")) for seed in range(2_000)])
    assert np.quantile(hours, [0.5, 0.9]) == pytest.approx([3, 9], rel=0.12)


@pytest.mark.parametrize(
    ("asked", "hours", "answered"),
    [
        ("2027-05-07 16:00", 1, "2027-05-07 17:00"),
        ("2027-05-07 16:00", 3, "2027-05-10 10:00"),  # Friday evening to Monday
        ("2027-05-08 12:00", 2, "2027-05-10 11:00"),  # asked on a Saturday
        ("2027-05-10 06:00", 10, "2027-05-11 10:00"),
    ],
)
def test_business_hours_stand_still_at_night_and_on_days_off(asked, hours, answered):
    assert business_later(dt.datetime.fromisoformat(asked), hours, replies=REPLIES) == dt.datetime.fromisoformat(
        answered
    )


def test_nobody_is_answered_before_asking_and_machines_do_not_end_the_wait(company):
    messages = messages_of(company)
    asked = {one.key: one for one in messages if one.inbound}
    assert asked
    for one in messages:
        if not one.inbound:
            assert one.at > asked[one.answers].at
            assert one.conversation == asked[one.answers].conversation


def test_shares_of_voice_add_up_and_the_gap_of_the_collection_is_known(shop):
    posts = posts_of(shop)
    told = voice(shop, posts)
    assert sum(brand["share"] for brand in told.values()) == pytest.approx(1)
    missed = sum(brand["posts"] - brand["collected"] for brand in told.values())
    assert missed == sum(
        dt.date(2027, 5, 3) <= post.at.date() <= dt.date(2027, 5, 9) for post in posts if post.at <= shop.as_of
    )
    assert all(post.deleted_at is None or post.deleted_at > post.at for post in posts)


@pytest.mark.proof
def test_files_tell_of_nothing_after_as_of(company, written):
    files, _ = written
    limit = company.as_of.isoformat(" ")
    for name, column in (("journal.csv", "date"), ("letters.csv", "sent"), ("responses.csv", "time")):
        assert max(row[column] for row in rows(files[name].data)) <= limit


@pytest.mark.proof
def test_letters_mailings_and_visits_are_the_cases_that_they_are(company, written):
    files, truth = written
    letters, mailings = rows(files["letters.csv"].data), rows(files["mailchimp_campaigns.csv"].data)
    totals = truth["totals"]["as_of"]
    assert len(letters) == sum(totals[state] for state in company.world.letters)
    by_mail = sum(row["channel"] == "Email" for row in letters)
    assert sum(int(row["Total Recipients"].replace(",", "")) for row in mailings) == by_mail


@pytest.mark.proof
def test_lists_name_a_person_only_once_the_name_is_known(company, written):
    files, _ = written
    for row in rows(files["journal.csv"].data):
        assert row["person"].startswith("P-") or not row["email"]


@pytest.mark.proof
def test_money_of_regions_is_the_tactics_money(company, written):
    files, _ = written
    by_region = [row for row in rows(files["regions.csv"].data) if row["figure"].startswith("region.spend.")]
    name = by_region[0]["figure"].removeprefix("region.spend.")
    weeks = {dt.date.fromisoformat(row["week"]) for row in by_region}
    first = (min(weeks) - company.world.world.start).days
    spent = company.money[name].spent[first : first + 7 * len(weeks)].sum()
    assert sum(round(100 * float(row["value"])) for row in by_region) == spent


@pytest.mark.proof
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(company, written):
    again = {file.name: file.data for file in write_up(simulate(company.world, company.document, seed=8))[0]}
    assert again == {name: file.data for name, file in written[0].items()}
    other = simulate(company.world, company.document, seed=9)
    assert [case.at for case in other.cases] != [case.at for case in company.cases]


def test_a_state_that_nothing_enters_cannot_be_written_down():
    raw = dict(read_world(world_folder("harbour") / "world.yaml").origin.raw, journal=["signup", "signpu"])
    with pytest.raises(Exception, match="signpu are named and nothing enters them"):
        parse_world(raw, "harbour")
