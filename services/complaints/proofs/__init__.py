"""Proofs of filing: signed, without content, checked by anybody and without the case."""
