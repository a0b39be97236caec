"""The invented sample agency: its units, its people and what goes on there."""

from pathlib import Path

POLICIES = Path(__file__).parent / "policies"
"""The agency's own deadlines, for `ZI_COMPLAINTS_POLICY_DIR`."""
