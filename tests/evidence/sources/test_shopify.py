"""One order of several line items: what is merged, what is doubled, what is missing."""

from __future__ import annotations

import pytest

HEADER = (
    "Name,Email,Phone,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Amount,Refunded Amount,Created at,"
    "Lineitem quantity,Lineitem price,Note Attributes,Cancelled at"
)
FIRST = "#1,eva@pumps.example,,paid,EUR,30.00,0,0,30.00,0,0,2027-03-01 10:00:00 +0100,1,10.00,,"
SECOND = "#1,eva@pumps.example,,,,,,,,,,2027-03-01 10:00:00 +0100,2,10.00,,"


@pytest.fixture
def read(tmp_path, tools):
    def reader(*lines):
        path = tmp_path / "orders.csv"
        path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
        records = tools.read(path)
        return records, tools.law(records), [row.values for record in records for row in record.rows]

    return reader


@pytest.mark.parametrize("lines", [(FIRST, SECOND), (SECOND, FIRST)])
def test_line_items_are_merged_into_their_order_wherever_its_first_record_stands(read, lines):
    _, law, (order,) = read(*lines)
    assert law == {"accepted": 1, "merged": 1}
    assert (order["items"], str(order["gross"])) == (3, "30.00")


def test_an_order_that_stands_twice_in_glued_files_is_one(read):
    _, law, (order,) = read(FIRST, SECOND, FIRST, SECOND)
    assert law == {"accepted": 1, "merged": 1, "duplicate_row": 2}
    assert order["items"] == 3


def test_two_states_of_one_order_in_one_file_are_rejected_both(read):
    records, law, _ = read(FIRST, SECOND, FIRST.replace("paid", "refunded"), SECOND)
    assert law == {"rejected": 4}
    assert {reject.reason for record in records for reject in record.rejects} == {"key_conflict"}


def test_items_that_do_not_add_up_to_the_subtotal_are_not_counted(read):
    _, _, (order,) = read(FIRST)  # the file was cut before its second line item
    assert order["items"] is None
    assert str(order["gross"]) == "30.00"


def test_line_items_without_their_order_give_nothing(read):
    records, law, _ = read(SECOND)
    assert law == {"rejected": 1}
    assert records[0].rejects[0].reason == "missing_value"


def test_what_the_shop_noted_tells_where_the_visit_came_from(read):
    noted = (
        FIRST.removesuffix(",,")
        + ',"landing_site: /pumps?utm_source=mail&utm_medium=email\nreferring_site: https://www.google.de/",'
    )
    _, _, (order,) = read(noted)
    assert (order["utm_source"], order["utm_medium"], order["referrer_host"]) == ("mail", "email", "www.google.de")


def test_a_customer_without_an_address_is_known_by_telephone_and_a_wrong_address_leaves_the_order(read):
    records, _, orders = read(
        FIRST.replace("eva@pumps.example,", ",'+49 30 1234567"), FIRST.replace("eva@", "eva at ").replace("#1", "#2")
    )
    assert [order["node"] and order["node"].kind for order in orders] == ["phone", None]
    assert [(one.reason, one.part) for record in records for one in record.rejects] == [("bad_email", "identifier")]
