"""The effective total once more, by SQL and decimals from the fact rows alone: no sheet, no hot path.

A second implementation on purpose: it shares with the first only the instrument's data (scales, shares, names
of formulas) and the feed map. Source: reliability.md section 1, promise I4.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.instruments.lke import (
    ZeroDenominator,
    case_feeds,
    default_policies,
    lke_instrument,
    pinned_policies,
    policy_sets,
)
from shared.kernel import half_up

_UNDIVIDED = {ZeroDenominator.UNDEFINED: None, ZeroDenominator.ZERO: 0, ZeroDenominator.FULL: 1}
"""What an item is worth whose counts cannot be divided."""
DIGITS = 30
"""Decimals of each share and option; a total is then exact to far more than the 1e-9 that we ask for."""

_TOTALS = text("""
    WITH picked AS (
        SELECT s.unit_id, s.year, s.total, CASE WHEN p.unit_id IS NULL THEN cast(:unpinned AS text)
                                                ELSE coalesce(p.policies, :before_pinning) END AS policies
        FROM score s LEFT JOIN programme p USING (unit_id, year)
        WHERE s.layer = 'effective' ORDER BY random() LIMIT :size
    ), option AS (
        SELECT * FROM unnest(cast(:option_items AS text[]), cast(:letters AS text[]),
                             cast(:option_points AS numeric[])) AS t(item_code, letter, points)
    ), measured AS (
        SELECT * FROM unnest(cast(:measured_items AS text[]), cast(:formulas AS text[]),
                             cast(:shares AS numeric[]), cast(:needed AS text[]))
            AS t(item_code, formula, share, needed)
    ), policy AS (
        SELECT * FROM unnest(cast(:policies AS text[]), cast(:policy_items AS text[]),
                             cast(:undivided AS numeric[])) AS t(policies, item_code, undivided)
    ), feed AS (
        SELECT * FROM unnest(cast(:feed_items AS text[]), cast(:streams AS text[]), cast(:inputs AS text[]),
                             cast(:kinds AS text[])) AS t(item_code, stream, input, counts_as)
    ), given AS (
        SELECT a.unit_id, a.year, a.item_code, a.letter, a.index_text, a.inputs,
               array_position(ARRAY['tpn', 'tpi', 'unit'], a.layer) AS place
        FROM picked, LATERAL (
            SELECT * FROM newest_answer
            WHERE unit_id = picked.unit_id AND year = picked.year) AS a
        WHERE num_nonnulls(a.letter, a.index_text, a.inputs) > 0
        UNION ALL
        SELECT unit_id, year, item_code, NULL, NULL, jsonb_object_agg(input, cases), 4
        FROM (
            SELECT c.unit_id, c.year, f.item_code, f.input,
                   count(*) FILTER (WHERE c.counts_as = f.counts_as) AS cases
            FROM complaint_case c JOIN picked USING (unit_id, year) JOIN feed f ON f.stream = c.stream
            GROUP BY c.unit_id, c.year, f.item_code, f.input
        ) AS counted
        GROUP BY unit_id, year, item_code HAVING sum(cases) > 0
    ), counting AS (
        SELECT DISTINCT ON (unit_id, year, item_code) g.*
        FROM given g LEFT JOIN measured m USING (item_code)
        ORDER BY unit_id, year, item_code,
                 coalesce(NOT (g.inputs ?& string_to_array(m.needed, ' ')
                     OR (m.needed LIKE '%n4' AND g.inputs ?& ARRAY['n0', 'n4'])), false), place
    ), counts AS (
        SELECT g.unit_id, g.year, m.formula, m.share, g.index_text, undivided,
               coalesce((i->>'n0')::numeric,
                        (i->>'n1')::numeric + (i->>'n2')::numeric + (i->>'n3')::numeric) AS obliged,
               (i->>'n1')::numeric AS n1, (i->>'n2')::numeric AS n2, (i->>'n3')::numeric AS n3,
               (i->>'n4')::numeric AS n4, i ?& string_to_array(m.needed, ' ')
                   OR (m.needed LIKE '%n4' AND i ?& ARRAY['n0', 'n4']) AS is_full
        FROM counting g JOIN measured m USING (item_code) JOIN picked USING (unit_id, year)
             LEFT JOIN policy USING (policies, item_code), coalesce(g.inputs, '{}') AS i
    ), earned AS (
        SELECT unit_id, year, points FROM counting JOIN option USING (item_code, letter)
        UNION ALL
        SELECT unit_id, year, share * CASE formula
            WHEN 'indeks/4' THEN index_text::numeric / 4
            ELSE CASE WHEN is_full THEN CASE formula
                WHEN 'n2/n1' THEN CASE WHEN n1 > 0 THEN least(1, n2 / n1) ELSE undivided END
                WHEN 'n3/n1' THEN CASE WHEN n1 > 0 THEN least(1, n3 / n1) ELSE undivided END
                WHEN '(n1-n2)/n1' THEN CASE WHEN n1 = 0 AND n2 = 0 THEN 1
                                            WHEN n1 > 0 THEN greatest(0, (n1 - n2) / n1) ELSE undivided END
                WHEN 'n4/wajib lapor' THEN CASE WHEN obliged > 0 THEN least(1, n4 / obliged)
                                              ELSE undivided END
            END END
        END FROM counts
    )
    SELECT p.unit_id, p.year, p.total AS stored,
           coalesce((SELECT sum(points) FROM earned e
                     WHERE (e.unit_id, e.year) = (p.unit_id, p.year)), 0) AS recomputed
    FROM picked p
""")


async def effective_totals(session: AsyncSession, size: int) -> Sequence[Row[Any]]:
    """Return for a random sample of unit years the stored total as fraction text and the recomputed one."""
    return (await session.execute(_TOTALS, {"size": size, **_instrument()})).all()


@cache
def _instrument() -> dict[str, Any]:
    """Return the instrument's data, the policies and the feed map as the statement's arrays."""
    questions = lke_instrument().questions.values()
    options = [
        (item.code, letter, _decimal(value * item.share))
        for item in questions
        if item.scale is not None
        for letter, value in item.scale.values.items()
    ]
    measured = [
        (
            item.code,
            item.formula.working,
            _decimal(item.share),
            " ".join(entry.key for entry in item.inputs),
        )
        for item in questions
        if item.formula is not None
    ]
    undivided = [
        (policies.id, item.code, _UNDIVIDED[policies.of(item.code)])
        for policies in policy_sets().values()
        for item in questions
        if item.inputs
    ]
    feeds = [
        (feed.item_code, feed.stream, key, kind)
        for feed in case_feeds()
        for key, kinds in feed.inputs.items()
        for kind in kinds
    ]
    return {
        **_arrays(options, "option_items", "letters", "option_points"),
        **_arrays(measured, "measured_items", "formulas", "shares", "needed"),
        **_arrays(undivided, "policies", "policy_items", "undivided"),
        "unpinned": default_policies().id,
        "before_pinning": pinned_policies(None).id,
        **_arrays(feeds, "feed_items", "streams", "inputs", "kinds"),
    }


def _arrays(rows: Sequence[tuple[Any, ...]], *names: str) -> dict[str, list[Any]]:
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def _decimal(value: Fraction) -> Decimal:
    return Decimal(half_up(value, DIGITS))
