"""A document comes to the process that writes it as it was."""

from dataclasses import replace

from shared.documents.document import Document, Paragraph
from shared.documents.wire import from_json, to_json


def test_a_document_comes_back_as_it_was_sent(document: Document) -> None:
    assert from_json(to_json(document)) == document


def test_texts_that_no_file_can_hold_are_sent_all_the_same(document: Document) -> None:
    odd = replace(document, blocks=(Paragraph('\x00 \ud800 \u202e "kind" 😀'),))
    assert from_json(to_json(odd)) == odd
