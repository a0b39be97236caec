"""Nobody looks for garbage while a batch is applied, and everybody does again afterwards."""

import gc

import pytest

from shared.consumer.garbage import without_collector


def test_garbage_is_looked_for_again_however_a_batch_ends() -> None:
    assert gc.isenabled()
    with without_collector():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="a bad batch"), without_collector():
        raise ValueError("a bad batch")
    assert gc.isenabled()


def test_a_search_that_somebody_else_put_off_stays_off() -> None:
    gc.disable()
    try:
        with without_collector():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
