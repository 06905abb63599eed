"""Answers as people write them: each form takes the usual spellings and refuses the rest with the expected form."""

from __future__ import annotations

import pytest

from leadline.plan.interview.forms import Means, New, read_field
from leadline.plan.interview.lines import parts_of, sort_parts
from leadline.plan.interview.loading import read_form
from leadline.plan.interview.record import Field
from leadline.plan.interview.refusal import Refusal

CHOICES = {"": {"growth": ("growing", "grow"), "stability": ("holding steady", "steady"), "fix": ()}}


@pytest.fixture
def means(answered):
    return Means(answered.document, answered.today, CHOICES)


def read(form, text, means):
    shape, optional = read_form(form)
    return read_field(text, Field("", shape, optional), means=means)


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("text", "  two   words ", "two words"),
        ("text:currency", "eur", "EUR"),
        ("choice", "2", "stability"),
        ("choice", "Growing.", "growth"),
        ("choice", "hold", "stability"),
        ("choice", "fix", "fix"),
        ("choice", "we are growing, I think", "growth"),
        ("text:currency", "pounds", "GBP"),
        ("whole:0-100", "7/10", 70),
        ("whole:0-100", "70 %", 70),
        ("quantity:count", "about 4,000", "4000"),
        ("quantity:money", "95 pounds", "95 GBP"),
        ("quantity:staff", "16", "16 h/week"),
        ("date", "end of 2027", "2027-12-31"),
        ("date", "end of June 2027", "2027-06-30"),
        ("yes_no", "Y", True),
        ("yes_no", "no (not yet)", False),
        ("whole:0-100", "81", 81),
        ("number", "92", 92),
        ("quantity:money", "€60k", "60 kEUR"),
        ("quantity:money", "£1,200", "1200 GBP"),
        ("quantity:money", "60 keur", "60 kEUR"),
        ("quantity:money", "1.2 million EUR", "1.2 MEUR"),
        ("quantity:count", "1,200 sign-ups", "1200"),
        ("quantity:share", "14 per cent", "14 %"),
        ("quantity:flow", "40 a week", "40 count/week"),
        ("quantity:flow", "95 repairs per month", "95 count/month"),
        ("quantity:time", "2 hours", "2 h"),
        ("quantity:staff", "16 hours a week", "16 h/week"),
        ("quantity:pay", "62 EUR/h", "62 EUR/h"),
        ("quantity:change", "-20 %", "-20 %"),
        ("estimate:money", "6 .. 7 .. 8 kEUR", "6..7..8 kEUR"),
        ("estimate:rate", "15-25-35 %", "15..25..35 %"),
        ("estimate:rate", "22 kEUR", "22 kEUR"),
        ("estimate:time", "45 days", "45 days"),
        ("counted", "47 contracts", {"value": "47", "unit": "count", "noun": "contracts"}),
        ("counted", "9 % awareness", {"value": "9 %", "unit": "%", "noun": "awareness"}),
        ("counted_estimate", "3..6..8 pp awareness", {"value": "3..6..8 pp", "unit": "%", "noun": "awareness"}),
        ("date", "31 Dec 2027", "2027-12-31"),
        ("range", "2027", "2027-01-01..2027-12-31"),
        ("range", "2027-Q2", "2027-04-01..2027-06-30"),
        ("range", "Feb to Oct", "2027-02-01..2027-10-31"),
        ("cadence", "Monthly", "month"),
        ("cadence", "every 10 days", "10 days"),
        ("list", "price, distributor network", ["price", "distributor network"]),
        ("list:segment", "plants", ["plants-that-run-our"]),
        ("segment", "Plants that run our pumps", "plants-that-run-our"),
        ("message", "know a seal failure ten days early", "know-a-seal-failure-ten"),
        ("evidence+", "Till roll", New("evidence", "Till roll")),
        ("who", "mara", "mara"),
        ("who", "Priya", New("person", "Priya")),
        ("level/tactic", "free retrofit checks", "free-retrofit-checks"),
    ],
)
def test_an_answer_is_read_as_it_is_usually_written(form, text, value, means):
    assert read(form, text, means) == value


@pytest.mark.parametrize(
    ("form", "text", "says"),
    [
        ("text:currency", "cows", '"cows" is not a currency. Write its three letters: EUR, GBP, USD.'),
        ("choice", "sideways", '"sideways" is none of the choices. Write one of: growing, holding steady, fix; or its number.'),
        ("choice", "4", '"4" is none of the choices. Write one of: growing, holding steady, fix; or its number.'),
        ("yes_no", "perhaps", '"perhaps" is neither yes nor no. Write yes or no.'),
        ("whole:0-100", "120", '"120" is not a whole number from 0 to 100. Write it like 100.'),
        ("number", "many", '"many" is not a number. Write it without a unit: 92.'),
        ("quantity:money", "60", '"60" has no unit. Write 60 EUR or 60 kEUR.'),
        ("quantity:money", "40000", '"40000" has no unit. Write 40000 EUR.'),
        ("choice", "not growing", '"not growing" is none of the choices. Write one of: growing, holding steady, fix; or its number.'),
        ("quantity:money", "a lot", '"a lot" is not a number with a unit. Write it like 60 kEUR or 450 EUR.'),
        ("quantity:money", "14 %", '"14 %" is not money. Write it like 60 kEUR or 450 EUR.'),
        ("quantity:share", "14", '"14" has no unit. Write 14 %.'),
        ("quantity:time", "45", '"45" has no unit. Write 45 days or 45 h.'),
        ("quantity:flow", "40", '"40" has no unit. Write 40 a week.'),
        ("quantity:count", "14 %", '"14 %" is not a count. Write it like 640.'),
        ("estimate:rate", "25", '"25" has no unit. Write 25 %.'),
        ("estimate:rate", "25 percents", '"percents" is not a known unit. Write low..likely..high, such as 20..30..45 %.'),
        ("estimate:money", "8..7..6 kEUR", '"8..7..6 kEUR" has its likely value outside low and high. Write the lowest first: 6..7..8 kEUR.'),
        ("estimate:money", "6..8 kEUR", '"6..8 kEUR" leaves out what you think likely. Write 6..likely..8 kEUR, with your number for likely.'),
        ("counted", "contracts", '"contracts" holds no number. Write the number and what is counted: 47 contracts.'),
        ("counted", "47", '"47" does not say what is counted. Write the number and the word: 47 contracts.'),
        ("date", "03/04/2027", '"03/04/2027" is not a day. Write it as 2027-12-31 or 31 December 2027.'),
        ("range", "Oct to Feb", '"Oct to Feb" ends before it begins. Write the first day first: 2027-02-01..2027-10-31.'),
        ("range", "soon", '"soon" is not a range of days. Write 2027-02-01..2027-10-31, or Feb to Oct, or 2027.'),
        ("cadence", "sometimes", '"sometimes" does not say how often. Write day, week, month, quarter, year or 10 days.'),
        ("list", " , ", '"," names nothing. Write one, or several with commas between them.'),
        ("segment", "Plans that run our pumps", '"Plans that run our pumps" is not in the plan. Did you mean "Plants that run our pumps"? Known: Plants that run our pumps.'),
        ("offering", "pumpwatch", '"pumpwatch" is not in the plan. The plan holds none of these yet.'),
    ],
)  # fmt: skip
def test_a_bad_answer_gets_the_fact_and_the_expected_form(form, text, says, means):
    with pytest.raises(Refusal) as refused:
        read(form, text, means)
    assert str(refused.value) == says


def fields(**forms):
    return tuple(Field(name, *read_form(form), label=name) for name, form in forms.items())


def test_a_line_is_cut_at_semicolons_or_at_commas_outside_quotes():
    assert parts_of('Nordsense; cheap, fast; "a; b"') == ["Nordsense", "cheap, fast", "a; b"]
    assert parts_of('a, "b, c", 1,200 x') == ["a", "b, c", "1,200 x"]
    assert parts_of("it's 5, o'clock") == ["it's 5", "o'clock"]


def sorted_by_form(line, shape, means, **more):
    def fits(part, field):
        try:
            read_field(part, field, means=means)
        except Refusal:
            return False
        return True

    return sort_parts(line, shape, fits=fits, **more)


def test_parts_find_their_fields(means):
    shape = fields(value="quantity:count", as_of="date?", source="text?")
    assert sorted_by_form("47, CRM", shape, means) == {"value": "47", "source": "CRM"}
    assert sorted_by_form("47, 2026-12-31, CRM, page 3", shape, means) == {
        "value": "47", "as_of": "2026-12-31", "source": "CRM, page 3",
    }  # fmt: skip
    assert sorted_by_form("source: CRM, 47", shape, means) == {"value": "47", "source": "CRM"}


def test_a_missing_part_is_named(means):
    with pytest.raises(Refusal, match=r"says nothing about hours\. Write a \? for a part you do not know"):
        sorted_by_form("Ines", fields(driver="text", hours="quantity:staff"), means)


def test_too_many_parts_name_those_that_are_wanted(means):
    with pytest.raises(Refusal, match=r"has 3 parts\. Write 2: a, b\."):
        sorted_by_form("1, 2, 3", fields(a="whole", b="whole"), means)


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("quantity:time", "reply in 8 h", "8 h"),
        ("quantity:time", "10 days later", "10 days"),
        ("quantity:staff", "about 6 hours", "6 h/week"),
        ("quantity:money", "1.200,50 EUR", "1200.5 EUR"),
        ("quantity:money", "EUR 500", "500 EUR"),
        ("quantity:money", "25k", "25 kEUR"),
        ("quantity:money", "at most 3000 EUR", "3000 EUR"),
        ("quantity:count", "4 000 people", "4000"),
        ("quantity:change", "20% below", "20 %"),
        ("estimate:rate", "3 % book", "3 %"),
        ("date", "31.01.2028", "2028-01-31"),
        ("date", "Dec 31, 2027", "2027-12-31"),
        ("date", "end of Q3 2027", "2027-09-30"),
        ("date", "30/06/2027", "2027-06-30"),
        ("range", "Oct to Feb 2028", "2027-10-01..2028-02-29"),
        ("range", "Q3 2027", "2027-07-01..2027-09-30"),
        ("range", "01.01.2027-31.12.2027", "2027-01-01..2027-12-31"),
        ("range", "2027-01-01..2027-12-31", "2027-01-01..2027-12-31"),
    ],
)
def test_what_has_one_reading_is_taken(form, text, value, means):
    assert read(form, text, means) == value


@pytest.mark.parametrize(
    ("form", "text", "step"),
    [
        ("quantity:money", "25.000 EUR", "Write 25000, or 25."),
        ("quantity:count", "100 to 120", "Write one"),
        ("estimate:rate", "10 to 20 %", "10..likely..20 %"),
        ("estimate:money", "€80-€120", "80..likely..120 EUR"),
        ("counted_estimate", "100-200 checks", "100..likely..200 checks"),
        ("date", "Q3 2027", "2027-09-30, or its first, 2027-07-01"),
        ("date", "03/04/2027", "Write it as"),
        ("quantity:change", "below 10 %", "Write it like"),
    ],
)
def test_what_has_two_readings_is_asked_again_with_both(form, text, step, means):
    with pytest.raises(Refusal) as refused:
        read(form, text, means)
    assert step in str(refused.value)


def test_a_decimal_comma_stays_in_its_number_where_the_parts_have_spaces():
    assert parts_of("contracts, 3,5 %, 10 days") == ["contracts", "3,5 %", "10 days"]
    assert parts_of("a,5,b") == ["a", "5", "b"]
