"""Checks of an Office package before anything is parsed: sizes as streamed, no macros, links or DTD."""

import zlib
from io import BytesIO
from typing import Protocol
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

_CHUNK = 64 * 1024
_ENCRYPTED = 0x1
_CONTENT_TYPES = "[Content_Types].xml"
_NOT_XLSX = "Berkas bukan buku kerja Excel (.xlsx) yang utuh dan tanpa kata sandi."


class PackageLimits(Protocol):
    """How much of a package is taken, packed and unpacked, in bytes and members."""

    @property
    def packed_bytes(self) -> int: ...

    @property
    def unpacked_bytes(self) -> int: ...

    @property
    def members(self) -> int: ...


class RefusedPackageError(Exception):
    """The file as a whole cannot be read; `reason` is a slug, `said` one Indonesian sentence."""

    def __init__(self, reason: str, said: str) -> None:
        super().__init__(said)
        self.reason = reason
        self.said = said


def check_package(content: bytes, limits: PackageLimits, *, takes_links: bool = False) -> None:
    """Refuse a package that breaks a limit or carries what an answer sheet never needs.

    `takes_links` admits links to other workbooks, which do no harm where nobody computes with the file.

    Raises `RefusedPackageError`: `too_large`, `not_xlsx`, `too_many_members`, `unpacked_too_large`, `macros`,
    `external_links`, `dtd`.
    """
    if len(content) > limits.packed_bytes:
        most = limits.packed_bytes // (1024 * 1024)
        raise RefusedPackageError("too_large", f"Berkas lebih besar dari {most} MiB.")
    try:
        with ZipFile(BytesIO(content)) as package:
            members = package.infolist()
            if len(members) > limits.members:
                raise RefusedPackageError(
                    "too_many_members", f"Berkas berisi lebih dari {limits.members} bagian."
                )
            if _CONTENT_TYPES not in package.namelist():
                raise RefusedPackageError("not_xlsx", _NOT_XLSX)
            for member in members:
                _check_name(member, takes_links=takes_links)
            left = limits.unpacked_bytes
            for member in members:
                left = _check_member(package, member, left, limits)
    except (BadZipFile, zlib.error, NotImplementedError, EOFError, expat.ExpatError) as error:
        raise RefusedPackageError("not_xlsx", _NOT_XLSX) from error


def _check_name(member: ZipInfo, *, takes_links: bool) -> None:
    name = member.filename.casefold()
    if member.flag_bits & _ENCRYPTED:
        raise RefusedPackageError("not_xlsx", _NOT_XLSX)
    if "vbaproject" in name or "/activex/" in name or "/macrosheets/" in name:
        raise RefusedPackageError("macros", "Berkas memuat makro; simpan tanpa makro.")
    if "/externallinks/" in name and not takes_links:
        raise RefusedPackageError(
            "external_links", "Berkas memuat tautan ke buku kerja lain; putuskan tautannya."
        )


def _check_member(package: ZipFile, member: ZipInfo, left: int, limits: PackageLimits) -> int:
    """Stream one member, its XML through a parser that refuses a DTD; return how many bytes are left."""
    is_xml = member.filename.casefold().endswith((".xml", ".rels"))
    parser = _parser() if is_xml else None
    start = b""
    with package.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                most = limits.unpacked_bytes // (1024 * 1024)
                raise RefusedPackageError("unpacked_too_large", f"Isi berkas lebih besar dari {most} MiB.")
            start = start or chunk
            if parser is not None:
                parser.Parse(chunk, False)
    if parser is not None:
        parser.Parse(b"", True)
    if member.filename == _CONTENT_TYPES and b"macroenabled" in start.lower():
        raise RefusedPackageError("macros", "Berkas memuat makro; simpan tanpa makro.")
    return left


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_dtd
    return parser


def _refuse_dtd(*_: object) -> None:
    raise RefusedPackageError("dtd", "Berkas memuat deklarasi DTD, yang tidak diterima.")
