"""How an answer, and what is open about one, is said on pages and in reports alike."""

from shared.instruments.lke import Answer, Question

OPEN_WORDS = {"blank": "kosong", "partial": "belum lengkap", "undefined": "tidak terdefinisi"}
"""Kinds of open items."""


def answer_words(question: Question, answer: Answer | None) -> str:
    """Return an answer in a few words: `B`, `3,55`, `36, 12, 48`; `kosong` for none."""
    if answer is None:
        return "kosong"
    if answer.inputs is None:
        return str(answer)
    labels = {entry.key: entry.label for entry in question.inputs}
    if question.optional_total is not None:
        labels[question.optional_total.key] = question.optional_total.label
    return "; ".join(f"{labels[key]}: {count}" for key, count in sorted(answer.inputs.items()))
