"""What differs between two versions of the LKE's data, and whether an answer still means the same."""

from shared.instruments.lke.comparison.data import compare_data
from shared.instruments.lke.comparison.differences import Comparison, Difference, ItemMeaning, Meaning
from shared.instruments.lke.comparison.instruments import compare_editions, compare_instruments
from shared.instruments.lke.comparison.rules import compare_policies, compare_rule_sets

__all__ = [
    "Comparison",
    "Difference",
    "ItemMeaning",
    "Meaning",
    "compare_data",
    "compare_editions",
    "compare_instruments",
    "compare_policies",
    "compare_rule_sets",
]
