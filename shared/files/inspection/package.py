"""Checks of an Office package before anything is parsed: sizes as they unfold, no macros, programs or DTD.

A package is a ZIP, and readers of ZIP differ: some believe the list at its end, some the heads before each
member. So both must agree, and together fill the file. What a member is, is told by its content type and its
own bytes, never by its name alone. Source: APPNOTE 6.3.10, 4.3; ISO/IEC 29500-2, 6.5 and 7.2.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO
from struct import calcsize, unpack_from
from struct import error as StructError  # noqa: N812 - a class with the name of a function
from typing import BinaryIO, Protocol, cast
from urllib.parse import unquote
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from shared.files.inspection.pictures import check_size_within
from shared.files.inspection.refusal import RefusedFileError

_CHUNK = 64 * 1024
_ENCRYPTED = 0x2041
"""Bits 0, 6 and 13: the member, or the list of members, is encrypted."""
_DESCRIBED = 0x8
_ELSEWHERE = 0xFFFFFFFF
"""The size stands in an extra field, since it may not fit."""
_CONTENT_TYPES = "[Content_Types].xml"
_NOT_XLSX = "Berkas bukan buku kerja Excel (.xlsx) yang utuh dan tanpa kata sandi."
OLE_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_START = b"PK\x03\x04"
_MACRO_NAMES = ("vbaproject", "vbadata", "/activex/", "/macrosheets/")
_MACRO_TYPES = ("macroenabled", "vbaproject", "vbadata", "macrosheet", "activex")
_FIELD = re.compile(r"\bDDE(?:AUTO)?\b", re.IGNORECASE)
"""What makes Word start a program and ask it; Source: ISO/IEC 29500-1, 17.16.5."""
_FIELDS = ("instrText", "fldSimple", "fldChar")
_LINKING = ("ddeLink", "oleLink")
_ODD_NAME = re.compile(r"\\|\0|//|^/|(?:^|/)\.{1,2}(?:/|$)")
_MACROS = "Berkas memuat makro; simpan tanpa makro."
_END_SIZE, _LONG_END_SIZE = 22, 56 + 20
_OLE = "Berkas memuat objek OLE; ganti dengan gambar, lalu simpan ulang."
_OTHER_TEXT = "Berkas memuat naskah sisipan dari format lain; buka di Word dan simpan ulang sebagai docx."
_UNREADABLE = (
    BadZipFile,
    zlib.error,
    StructError,
    NotImplementedError,
    EOFError,
    expat.ExpatError,
    ValueError,
    LookupError,  # of an encoding that the parser does not know
)


class PackageLimits(Protocol):
    """How much of a package is taken: packed and unpacked in bytes, members, pixels of one picture."""

    @property
    def packed_bytes(self) -> int: ...

    @property
    def unpacked_bytes(self) -> int: ...

    @property
    def members(self) -> int: ...

    @property
    def pixels(self) -> int: ...


class RefusedPackageError(Exception):
    """The file as a whole cannot be read; `reason` is a slug, `said` one Indonesian sentence.

    `sheet` and `cell` name where it shows, empty when it is about no sheet or no cell.
    """

    def __init__(self, reason: str, said: str, *, sheet: str = "", cell: str = "") -> None:
        super().__init__(said)
        self.reason = reason
        self.said = said
        self.sheet = sheet
        self.cell = cell


def check_package(content: bytes, limits: PackageLimits, *, takes_links: bool = False) -> None:
    """Refuse a package that breaks a limit or carries what an answer sheet never needs.

    `takes_links` admits links to other workbooks, which do no harm where nobody computes with the file. A
    package within the package (the numbers of a chart) is checked alike, and holds no further one.

    Raises `RefusedPackageError`: `too_large`, `not_xlsx`, `too_many_members`, `unpacked_too_large`, `macros`,
    `external_links`, `embedded_objects`, `dtd`, `picture_too_large`.
    """
    _check_packed(content, limits)
    _Check(limits, takes_links=takes_links).check(content, may_hold=True)


class _Check:
    """What is left of the limits, over a package and those within it."""

    def __init__(self, limits: PackageLimits, *, takes_links: bool) -> None:
        self._limits = limits
        self._takes_links = takes_links
        self._members_left = limits.members
        self._bytes_left = limits.unpacked_bytes

    def check(self, content: bytes, *, may_hold: bool) -> None:
        """Check all members of a package; `may_hold` admits packages within it."""
        try:
            with ZipFile(BytesIO(content)) as package:
                members = package.infolist()
                self._members_left -= len(members)
                if self._members_left < 0:
                    raise RefusedPackageError(
                        "too_many_members", f"Berkas berisi lebih dari {self._limits.members} bagian."
                    )
                _check_names(members)
                if not self._takes_links:
                    _check_links_between(members)
                _check_list(content, members, package.start_dir)
                types = self._types(content, members)
                for member in members:
                    if self._check_member(content, member, types, may_hold=may_hold):
                        with package.open(member) as file:
                            check_size_within(cast(BinaryIO, file), 0, self._limits.pixels)
        except RefusedFileError as refused:
            raise RefusedPackageError("picture_too_large", str(refused)) from refused
        except _UNREADABLE as error:
            raise RefusedPackageError("not_xlsx", _NOT_XLSX) from error

    def _types(self, content: bytes, members: list[ZipInfo]) -> Mapping[str, str]:
        """Return the content types: by part, and by extension as `.extension`."""
        listed = [member for member in members if member.filename == _CONTENT_TYPES]
        if not listed:
            raise RefusedPackageError("not_xlsx", _NOT_XLSX)
        reader, left = _XmlReader(takes_links=self._takes_links), self._bytes_left
        for part in _unfolded(content, listed[0]):
            left -= len(part)
            if left < 0:
                raise self._too_large()
            reader.feed(part)
        reader.close()
        return reader.types

    def _too_large(self) -> RefusedPackageError:
        most = self._limits.unpacked_bytes // (1024 * 1024)
        return RefusedPackageError("unpacked_too_large", f"Isi berkas lebih besar dari {most} MiB.")

    def _check_member(
        self, content: bytes, member: ZipInfo, types: Mapping[str, str], *, may_hold: bool
    ) -> bool:
        """Unfold one member within the limits, its XML through a parser; tell whether it may be a picture."""
        reader = _XmlReader(takes_links=self._takes_links) if _is_xml(member.filename, types) else None
        start, held = b"", bytearray()
        for part in _unfolded(content, member):
            self._bytes_left -= len(part)
            if self._bytes_left < 0:
                raise self._too_large()
            start = start or part
            if reader is not None:
                reader.feed(part)
            elif start.startswith(_ZIP_START):
                held += part
                _check_packed(held, self._limits)
        if reader is not None:
            reader.close()
        if start.startswith(OLE_START):
            raise RefusedPackageError("embedded_objects", _OLE)
        if held:
            if not may_hold:
                raise RefusedPackageError(
                    "embedded_objects", "Berkas memuat dokumen di dalam dokumen sisipan; hapus yang terdalam."
                )
            self.check(bytes(held), may_hold=False)
        return reader is None and not held


class _XmlReader:
    """Reads one part for what no evidence needs: a DTD, types of macros, links that load by themselves."""

    def __init__(self, *, takes_links: bool) -> None:
        self.types: dict[str, str] = {}
        self._takes_links = takes_links
        self._field: list[str] = []
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.StartDoctypeDeclHandler = _refuse_dtd
        self._parser.StartElementHandler = self._start
        self._parser.buffer_text = True

    def feed(self, part: bytes) -> None:
        self._parser.Parse(part, False)

    def close(self) -> None:
        self._parser.Parse(b"", True)
        if _FIELD.search("".join(self._field)):
            raise _links()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition("}")[2]
        if "ContentType" in attributes:
            self._note_type(attributes)
        elif local == "Relationship":
            self._check_relationship(attributes)
        elif local in _LINKING:
            raise _links()
        elif local in _FIELDS:
            self._note_field(local, attributes)

    def _note_type(self, attributes: dict[str, str]) -> None:
        kind = attributes["ContentType"].casefold()
        if any(macro in kind for macro in _MACRO_TYPES):
            raise RefusedPackageError("macros", _MACROS)
        if "oleobject" in kind and "Extension" not in attributes:
            raise RefusedPackageError("embedded_objects", _OLE)
        part = attributes.get("PartName")
        key = "." + attributes.get("Extension", "") if part is None else _folded(part)
        self.types[key.casefold()] = kind

    def _check_relationship(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("Type", "").rpartition("/")[2].casefold()
        if "vba" in kind or "macrosheet" in kind:
            raise RefusedPackageError("macros", _MACROS)
        if kind == "oleobject":
            raise RefusedPackageError("embedded_objects", _OLE)
        if kind == "afchunk":  # a text of any kind (RTF, HTML) that Word reads when it opens the file
            raise RefusedPackageError("embedded_objects", _OTHER_TEXT)
        if attributes.get("TargetMode", "").strip().casefold() != "external" or kind == "hyperlink":
            return
        if not (self._takes_links and "externallink" in kind):
            raise _links()

    def _note_field(self, local: str, attributes: dict[str, str]) -> None:
        """Note what the fields of a text compute: the words of one may be spread over many elements."""
        if local == "instrText":
            self._parser.CharacterDataHandler = self._field.append
            self._parser.EndElementHandler = self._end_text
        else:
            self._field += [
                " ",
                *(value for name, value in attributes.items() if name.endswith("}instr")),
                " ",
            ]

    def _end_text(self, _: str) -> None:
        self._parser.CharacterDataHandler = self._parser.EndElementHandler = None


def _refuse_dtd(*_: object) -> None:
    raise RefusedPackageError("dtd", "Berkas memuat deklarasi DTD, yang tidak diterima.")


def _links() -> RefusedPackageError:
    return RefusedPackageError(
        "external_links",
        "Berkas memuat tautan ke berkas lain (buku kerja, templat, gambar, atau objek); putuskan tautannya.",
    )


def _check_packed(content: bytes | bytearray, limits: PackageLimits) -> None:
    if len(content) > limits.packed_bytes:
        most = limits.packed_bytes // (1024 * 1024)
        raise RefusedPackageError("too_large", f"Berkas lebih besar dari {most} MiB.")


def _check_names(members: list[ZipInfo]) -> None:
    names = set()
    for member in members:
        name = _folded(member.orig_filename)
        if member.flag_bits & _ENCRYPTED or name in names or _ODD_NAME.search(name):
            raise RefusedPackageError("not_xlsx", _NOT_XLSX)
        names.add(name)
        if any(macro in name for macro in _MACRO_NAMES):
            raise RefusedPackageError("macros", _MACROS)


def _check_links_between(members: list[ZipInfo]) -> None:
    if any("/externallinks/" in _folded(member.filename) for member in members):
        raise _links()


def _check_list(content: bytes, members: list[ZipInfo], list_start: int) -> None:
    """Raise `BadZipFile` unless members follow each other from the first byte on, and the list ends it."""
    place = 0
    for member in sorted(members, key=lambda one: one.header_offset):
        gap = member.header_offset - place
        if gap:
            raise BadZipFile("bytes between members")
        place = _data_start(content, member) + member.compress_size
        place += _descriptor_size(content, place, member)
    if place != list_start:
        raise BadZipFile("bytes before the list of members")
    end = len(content) - _END_SIZE
    sign, counted, list_size, comment = unpack_from("<4s4x2xHI4xH", content, end)
    if content[max(0, end - _LONG_END_SIZE) :].startswith(b"PK\x06\x06"):
        end -= _LONG_END_SIZE
        counted, list_size = unpack_from("<QQ", content, end + 32)
    if sign != b"PK\x05\x06" or comment or (counted, list_start + list_size) != (len(members), end):
        raise BadZipFile("a list of members that does not end the file")


def _data_start(content: bytes, member: ZipInfo) -> int:
    """Return where the data of a member begin; raises `BadZipFile` when its head says other than the list."""
    head = unpack_from("<4s2xHH4xIIIHH", content, member.header_offset)
    sign, flags, method, crc, packed, size, name_length, extra_length = head
    start = member.header_offset + 30
    name = content[start : start + name_length]
    told = (member.CRC, member.compress_size, member.file_size)
    is_later = flags & _DESCRIBED
    agrees = (
        (crc, packed, size) == told
        or (is_later and not (crc or packed or size))
        or _ELSEWHERE in (packed, size)
    )
    listed = member.orig_filename.encode("utf-8" if member.flag_bits & 0x800 else "cp437")
    if sign != b"PK\x03\x04" or method != member.compress_type or not agrees or name != listed:
        raise BadZipFile("a head that says other than the list")
    return start + int(name_length) + int(extra_length)


def _descriptor_size(content: bytes, place: int, member: ZipInfo) -> int:
    """Return the size of what tells the sizes of a member behind it, if there is such a thing."""
    if not member.flag_bits & _DESCRIBED:
        return 0
    signed = 4 if content[place : place + 4] == b"PK\x07\x08" else 0
    for form in ("<III", "<IQQ"):
        told = unpack_from(form, content, place + signed)
        if told == (member.CRC, member.compress_size, member.file_size):
            return signed + calcsize(form)
    raise BadZipFile("sizes that differ from those of the list")


def _unfolded(content: bytes, member: ZipInfo) -> Iterator[bytes]:
    """Yield a member in parts; raises `BadZipFile` unless it unfolds to exactly what the list says of it."""
    start = _data_start(content, member)
    end = start + member.compress_size
    size = checksum = 0
    for part in _parts(content, start, end, member.compress_type):
        size += len(part)
        checksum = zlib.crc32(part, checksum)
        yield part
        if size > member.file_size:
            raise BadZipFile("more than the list says")
    if (size, checksum) != (member.file_size, member.CRC):
        raise BadZipFile("other than the list says")


def _parts(content: bytes, start: int, end: int, method: int) -> Iterator[bytes]:
    if method not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadZipFile("packed as no Office file is")
    if method == ZIP_STORED:
        for place in range(start, end, _CHUNK):
            yield content[place : min(end, place + _CHUNK)]
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while start < end and not inflater.eof:
        fed = content[start : min(end, start + _CHUNK)]
        start += len(fed)
        while fed and not inflater.eof:
            part = inflater.decompress(fed, _CHUNK)
            if part:
                yield part
            fed = inflater.unconsumed_tail
    if not inflater.eof or inflater.unused_data or start < end:
        raise BadZipFile("data that do not end where the list says")


def _is_xml(name: str, types: Mapping[str, str]) -> bool:
    """Tell whether a member is XML by its content type or its name."""
    part = _folded(name)
    suffix = part.rpartition(".")[2]
    kind = types.get(part) or types.get(f".{suffix}", "")
    return suffix in ("xml", "rels") or kind.partition(";")[0].strip().endswith(("/xml", "+xml"))


def _folded(name: str) -> str:
    """Return the name of a part as packages compare them."""
    return unquote(name).casefold().removeprefix("/")
