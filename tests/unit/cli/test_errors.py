"""What an exception says is told without the numbers and quotes of the operating system."""

import pytest

from shared.kernel import error_text


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError("[Errno 111] Connect call failed ('127.0.0.1', 5432)"),
            "no connection to 127.0.0.1:5432",
        ),
        (
            ConnectionRefusedError(111, "Connect call failed ('::1', 5432, 0, 0)"),
            "no connection to ::1:5432",
        ),
        (FileNotFoundError(2, "No such file or directory", "a.xlsx"), "a.xlsx: No such file or directory"),
        (OSError("[Errno -2] Name or service not known"), "name or service not known"),
        (ValueError(), "ValueError"),
    ],
)
def test_an_exception_becomes_plain_words(error: Exception, said: str) -> None:
    assert error_text(error) == said
