"""Checks of the .xlsx package before anything is parsed: sizes as streamed, no macros, links or DTD."""

import zlib
from io import BytesIO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from services.planning.workbook.limits import Limits, RefusedFileError

_CHUNK = 64 * 1024
_ENCRYPTED = 0x1
_CONTENT_TYPES = "[Content_Types].xml"
_NOT_XLSX = "Berkas bukan buku kerja Excel (.xlsx) yang utuh dan tanpa kata sandi."


def check_package(content: bytes, limits: Limits) -> None:
    """Refuse a package that breaks a limit or carries what an answer sheet never needs.

    Raises `RefusedFileError`: `too_large`, `not_xlsx`, `too_many_members`, `unpacked_too_large`, `macros`,
    `external_links`, `dtd`.
    """
    if len(content) > limits.packed_bytes:
        most = limits.packed_bytes // (1024 * 1024)
        raise RefusedFileError("too_large", f"Berkas lebih besar dari {most} MiB.")
    try:
        with ZipFile(BytesIO(content)) as package:
            members = package.infolist()
            if len(members) > limits.members:
                raise RefusedFileError(
                    "too_many_members", f"Berkas berisi lebih dari {limits.members} bagian."
                )
            if _CONTENT_TYPES not in package.namelist():
                raise RefusedFileError("not_xlsx", _NOT_XLSX)
            for member in members:
                _check_name(member)
            left = limits.unpacked_bytes
            for member in members:
                left = _check_member(package, member, left, limits)
    except (BadZipFile, zlib.error, NotImplementedError, EOFError, expat.ExpatError) as error:
        raise RefusedFileError("not_xlsx", _NOT_XLSX) from error


def _check_name(member: ZipInfo) -> None:
    name = member.filename.casefold()
    if member.flag_bits & _ENCRYPTED:
        raise RefusedFileError("not_xlsx", _NOT_XLSX)
    if "vbaproject" in name or "/activex/" in name or "/macrosheets/" in name:
        raise RefusedFileError("macros", "Berkas memuat makro; simpan sebagai .xlsx tanpa makro.")
    if "/externallinks/" in name:
        raise RefusedFileError(
            "external_links", "Berkas memuat tautan ke buku kerja lain; putuskan tautannya."
        )


def _check_member(package: ZipFile, member: ZipInfo, left: int, limits: Limits) -> int:
    """Stream one member, its XML through a parser that refuses a DTD; return how many bytes are left."""
    is_xml = member.filename.casefold().endswith((".xml", ".rels"))
    parser = _parser() if is_xml else None
    start = b""
    with package.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                most = limits.unpacked_bytes // (1024 * 1024)
                raise RefusedFileError("unpacked_too_large", f"Isi berkas lebih besar dari {most} MiB.")
            start = start or chunk
            if parser is not None:
                parser.Parse(chunk, False)
    if parser is not None:
        parser.Parse(b"", True)
    if member.filename == _CONTENT_TYPES and b"macroenabled" in start.lower():
        raise RefusedFileError("macros", "Berkas memuat makro; simpan sebagai .xlsx tanpa makro.")
    return left


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_dtd
    return parser


def _refuse_dtd(*_: object) -> None:
    raise RefusedFileError("dtd", "Berkas memuat deklarasi DTD, yang tidak diterima.")
