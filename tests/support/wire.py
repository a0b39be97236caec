"""Requests as bytes: good ones, and those that two readers could read differently."""

HOST = b"Host: zi.test\r\n"
GET = b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n"
FIXED = b"POST /a HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /a HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0;a=b\r\n\r\n"
OLD = b"GET /a HTTP/1.0\r\n\r\n"


def head(*fields: bytes, line: bytes = b"POST /a HTTP/1.1") -> bytes:
    return b"\r\n".join((line, *fields, b"", b""))


def chunks(body: bytes) -> bytes:
    return head(b"Host: a", b"Transfer-Encoding: chunked") + body


REFUSED: dict[str, bytes] = {
    "length beside coding": head(b"Host: a", b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    "coding beside length": head(b"Host: a", b"Transfer-Encoding: chunked", b"Content-Length: 5"),
    "two different lengths": head(b"Host: a", b"Content-Length: 5", b"Content-Length: 6"),
    "two equal lengths": head(b"Host: a", b"Content-Length: 5", b"content-length: 5"),
    "a list of lengths": head(b"Host: a", b"Content-Length: 5, 5"),
    "a signed length": head(b"Host: a", b"Content-Length: +5"),
    "a negative length": head(b"Host: a", b"Content-Length: -5"),
    "a hexadecimal length": head(b"Host: a", b"Content-Length: 0x5"),
    "an empty length": head(b"Host: a", b"Content-Length:"),
    "a length in other digits": head(b"Host: a", "Content-Length: \u0665".encode()),
    "an absurd length": head(b"Host: a", b"Content-Length: " + b"9" * 16),
    "an unknown coding": head(b"Host: a", b"Transfer-Encoding: gzip, chunked"),
    "a coding twice": head(b"Host: a", b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "a coding in HTTP/1.0": head(b"Host: a", b"Transfer-Encoding: chunked", line=b"POST /a HTTP/1.0"),
    "a coding with a control byte": head(b"Host: a", b"Transfer-Encoding: \x0bchunked"),
    "no Host": head(b"Content-Length: 0"),
    "two Hosts": head(b"Host: a", b"Host: a"),
    "two Hosts in HTTP/1.0": head(b"Host: a", b"Host: b", line=b"GET /a HTTP/1.0"),
    "two Hosts in one": head(b"Host: a, b"),
    "a folded line": head(b"Host: a", b"X: 1", b" 2"),
    "a folded length": head(b"Host: a", b"Content-Length:", b" 5"),
    "a space before the colon": head(b"Host: a", b"Content-Length : 5"),
    "a space before the name": head(b" Host: a"),
    "a field without colon": head(b"Host: a", b"Content-Length 5"),
    "a field without name": head(b"Host: a", b": 5"),
    "bare LF throughout": b"GET /a HTTP/1.1\nHost: a\n\n",
    "one bare LF": b"GET /a HTTP/1.1\r\nHost: a\nContent-Length: 5\r\n\r\n",
    "a bare LF at the end": b"GET /a HTTP/1.1\r\nHost: a\r\n\n",
    "a bare CR": b"GET /a HTTP/1.1\r\nHost: a\rContent-Length: 5\r\n\r\n",
    "a null": head(b"Host: a", b"X: \x00"),
    "an empty line first": b"\r\n" + GET,
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "another version": head(b"Host: a", line=b"GET /a HTTP/2.0"),
    "no version": head(b"Host: a", line=b"GET /a"),
    "a target with a space": head(b"Host: a", line=b"GET /a b HTTP/1.1"),
    "a chunk without size": chunks(b"\r\nhello\r\n0\r\n\r\n"),
    "a chunk of a negative size": chunks(b"-5\r\nhello\r\n0\r\n\r\n"),
    "a chunk with a prefix": chunks(b"0x5\r\nhello\r\n0\r\n\r\n"),
    "a chunk of an absurd size": chunks(b"1" * 16 + b"\r\nhello"),
    "a chunk size with a space": chunks(b"5 \r\nhello\r\n0\r\n\r\n"),
    "a chunk size ended by LF": chunks(b"5\nhello\r\n0\r\n\r\n"),
    "a chunk longer than its size": chunks(b"4\r\nhello\r\n0\r\n\r\n"),
    "a chunk shorter than its size": chunks(b"6\r\nhello\r\n0\r\n\r\n"),
    "a chunk ended by LF": chunks(b"5\r\nhello\n0\r\n\r\n"),
    "an extension with LF": chunks(b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
    "an extension with CR": chunks(b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
    "an endless extension": chunks(b"5;" + b"a" * 2000),
    "a trailer": chunks(b"0\r\nContent-Length: 5\r\n\r\n"),
    "an end by LF": chunks(b"0\r\n\n"),
}
