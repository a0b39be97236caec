"""The stages of an assessment: who has the worksheet, until when, who judges it, and what was handed in."""
