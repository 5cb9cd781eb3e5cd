"""What is offered to whom, and whether that would have been right."""

from __future__ import annotations

from datetime import date

import numpy as np
from scipy.sparse import csr_array

from aieco_assets.core.predictions.coverage import coverage
from aieco_assets.core.recommendations.judging import HitRates, hit_rates, month_before
from aieco_assets.core.recommendations.purchases import Purchases, read_pairs, read_purchases
from aieco_assets.core.recommendations.ranking import because_of, rank
from aieco_assets.core.recommendations.scoring import score_next_items
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.customers.literal import TABLE
from tests.core.recommendations.shop import write_sales

MAY, JUNE = date(2025, 5, 31), date(2025, 6, 30)
# Cups go with saucers, and everybody takes bags.
LINES = [
    ("ann", "cup", date(2025, 5, 3), "sale"),
    ("ann", "cup", date(2025, 6, 3), "sale"),
    ("ann", "saucer", date(2025, 6, 3), "sale"),
    ("bob", "cup", date(2025, 5, 4), "sale"),
    ("bob", "bag", date(2025, 5, 4), "sale"),
    ("cid", "bag", date(2025, 5, 5), "sale"),
    ("cid", "hat", date(2025, 6, 5), "sale"),
    ("dot", "bag", date(2025, 6, 6), "sale"),
    ("eve", "cup", date(2025, 7, 1), "sale"),
    ("bob", "hat", date(2025, 5, 9), "return"),
    (None, "hat", date(2025, 5, 9), "sale"),
]
PAIRS = [(MAY, "cup", "saucer", 9, 10, 12, 4.0), (MAY, "bag", "hat", 4, 40, 40, 0.5)]


def test_what_goes_with_ones_own_comes_first_then_what_is_popular_and_never_what_one_has() -> None:
    had = csr_array(np.array([[1.0, 0, 0, 0], [1.0, 1, 1, 1]]))
    pairs = csr_array(np.array([[0, 0, 0.6, 0.2], [0, 0, 0, 0], [0.6, 0, 0, 0], [0.2, 0, 0, 0]]))
    ranked = rank(had, pairs, np.array([5.0, 9.0, 1.0, 1.0]), places=3)
    assert ranked.items.tolist() == [[2, 3, 1], [-1, -1, -1]]
    assert ranked.scores.tolist() == [[0.6, 0.2, 0.0], [0.0, 0.0, 0.0]]
    assert because_of(had, pairs, ranked).tolist() == [[0, 0, -1], [-1, -1, -1]]


def test_equals_are_ranked_by_code_however_many_there_are() -> None:
    random = np.random.default_rng(7)
    had = csr_array((random.random((40, 300)) < 0.05).astype(float))
    popularity = random.integers(0, 3, 300).astype(float)
    total = np.where(had.toarray() > 0, -1.0, popularity)
    ranked = rank(had, csr_array((300, 300)), popularity)
    assert ranked.items.tolist() == np.argsort(-total, axis=1, kind="stable")[:, :5].tolist()


def test_purchases_and_pairs_are_read_up_to_the_day_and_no_further(settings: Settings) -> None:
    write_sales(settings, LINES, [*PAIRS, (JUNE, "cup", "hat", 9, 9, 9, 3.0)])
    purchases = read_purchases(settings, JUNE)
    assert purchases.customers == ("ann", "bob", "cid", "dot")
    assert purchases.items == ("bag", "cup", "hat", "saucer")
    assert purchases.had_by(MAY).toarray().tolist() == [[0, 1, 0, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert purchases.taken_up_after(MAY).toarray().tolist() == [[0, 0, 0, 1], [0] * 4, [0, 0, 1, 0], [1, 0, 0, 0]]
    assert purchases.popularity(MAY).tolist() == [2, 2, 0, 0]
    known = read_pairs(settings, MAY, purchases.items).toarray()
    assert known[1, 3] == known[3, 1] > 0
    assert known[1, 2] == 0  # June's pair
    assert known[0, 2] == 0  # together less often than by chance


def test_the_hit_rate_counts_who_took_up_something_that_was_named(settings: Settings) -> None:
    write_sales(settings, LINES, PAIRS)
    purchases = read_purchases(settings, JUNE)
    rates = hit_rates(purchases, read_pairs(settings, MAY, purchases.items), MAY)
    # ann and cid took up something new; dot was not known. Five places hold all four items: both rankings hit both.
    assert rates == HitRates(MAY, customers=2, pairs=1.0, popular=1.0)
    assert month_before(JUNE) == MAY


def test_nobody_to_judge_by_is_no_failure() -> None:
    empty = np.array([], dtype=int)
    nobody = Purchases((), (), empty, empty, empty)
    assert hit_rates(nobody, csr_array((0, 0)), MAY) == HitRates(MAY, 0, 0.0, 0.0)


def test_what_was_cancelled_is_neither_had_nor_popular_and_may_be_offered_again(settings: Settings) -> None:
    write_sales(settings, LINES, PAIRS)
    with connect(settings.warehouse) as connection:
        connection.execute("update marts.fct_sales_lines set cancelled = '2025-06-04' where stock_code = 'saucer'")
        connection.execute("update marts.fct_sales_lines set cancelled = '2025-07-02' where customer_id = 'cid'")
    purchases = read_purchases(settings, JUNE)
    assert purchases.items == ("bag", "cup", "hat")  # cid's July cancellation is not known in June
    assert purchases.had_by(JUNE).toarray().tolist() == [[0, 1, 0], [1, 1, 0], [1, 0, 1], [1, 0, 0]]


def test_who_has_every_item_is_offered_nothing_and_is_not_missing(settings: Settings) -> None:
    write_sales(settings, [("ann", "cup", MAY, "sale"), ("bob", "cup", MAY, "sale"), ("bob", "hat", MAY, "sale")], [])
    with connect(settings.warehouse) as connection:
        connection.execute(TABLE.encode())
        connection.execute(
            "insert into features.customer_rfm (as_of, customer_id) values (%s, 'ann'), (%s, 'bob')", (MAY, MAY)
        )
    assert score_next_items(settings, MAY).rows == 1
    assert coverage(settings, "next_items")[0].complete
    with connect(settings.warehouse) as connection:
        connection.execute("delete from predictions.next_items")
    assert [month.missing for month in coverage(settings, "next_items")] == [1]


def test_what_came_late_for_a_month_that_passed_is_no_gap_of_it_and_one_of_the_last_month_is(
    settings: Settings,
) -> None:
    write_sales(settings, LINES, PAIRS)
    with connect(settings.warehouse) as connection:
        connection.execute(TABLE.encode())
        for day in (MAY, JUNE):
            connection.execute(
                "insert into features.customer_rfm (as_of, customer_id)"
                " select %s, customer_id from features.purchases"
                " where %s between known_from and known_until group by 2",
                (day, day),
            )
    score_next_items(settings, MAY)
    score_next_items(settings, JUNE)
    with connect(settings.warehouse) as connection:
        # A shop that is declared later brings a customer of last spring.
        connection.execute("insert into features.customer_rfm (as_of, customer_id) values (%s, 'late')", (MAY,))
    assert [(month.as_of, month.complete) for month in coverage(settings, "next_items")] == [(JUNE, True)]
    with connect(settings.warehouse) as connection:
        connection.execute("insert into features.customer_rfm (as_of, customer_id) values (%s, 'late')", (JUNE,))
    assert [(month.as_of, month.missing) for month in coverage(settings, "next_items")] == [(JUNE, 1)]


def test_a_month_is_written_once_and_again_when_a_pair_changes(settings: Settings) -> None:
    write_sales(settings, LINES, PAIRS)
    first = score_next_items(settings, JUNE)
    assert (first.written, score_next_items(settings, JUNE).written) == (True, False)
    assert first.metrics == {"judged": 2, "pairs_hit_rate": 1.0, "popular_hit_rate": 1.0, "chance_of_better": 0.0}
    with connect(settings.warehouse) as connection:
        bob = connection.execute(
            "select rank, stock_code, because_of from predictions.next_items where customer_id = 'bob' order by rank"
        ).fetchall()
        connection.execute("update marts.agg_item_pairs set invoices_together = 3 where stock_code = 'cup'")
    assert bob == [(1, "saucer", "cup"), (2, "hat", None)]
    assert score_next_items(settings, JUNE).written
