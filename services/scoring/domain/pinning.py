"""What a unit's year is counted by: pinned by its programme, or the defaults of today while it has none.

Source: lke.md section 9.
"""

from typing import NamedTuple

from shared.instruments.lke import (
    Policies,
    RuleSet,
    default_policies,
    edition_for_year,
    pinned_policies,
    rule_set,
    rule_set_for_year,
)


class Pinned(NamedTuple):
    """Edition, gates and policies of a unit's year."""

    edition: str
    rules: RuleSet
    policies: Policies


def pinned(year: int, edition: str | None, rule_set_id: str | None, policies_id: str | None) -> Pinned:
    """Return what a programme pinned; without one edition and rule set are None."""
    if edition is None or rule_set_id is None:
        return unpinned(year)
    return Pinned(edition, rule_set(rule_set_id), pinned_policies(policies_id))


def pinned_rules(year: int, rule_set_id: str | None) -> RuleSet:
    """Return the gates that a programme pinned; without one those that it would pin now."""
    return rule_set(rule_set_id or rule_set_for_year(year))


def unpinned(year: int) -> Pinned:
    """Return what a programme of the year would pin now."""
    return Pinned(edition_for_year(year), pinned_rules(year, None), default_policies())
