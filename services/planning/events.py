"""Who speaks in planning's events; what they say is made beside each subject."""

from shared.contracts.envelope import source_of

SOURCE = source_of("planning")
