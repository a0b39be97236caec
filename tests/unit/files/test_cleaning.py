"""What is kept of a stranger's picture: its points, upright, and nothing that stood beside them."""

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO, cast

import pytest
from PIL import Image

from shared.files.cleaning import CleanFile, cleaned
from shared.files.inspection.limits import Limits
from shared.files.inspection.refusal import RefusedFileError
from shared.files.store import FileTooLargeError
from tests.support.planning import PDF

MIB = 1024 * 1024
LIMITS = Limits(pixels=1_000_000)
GPS, ORIENTATION, MAKER = 0x8825, 0x0112, 0x010F
SECRET = "Kamera milik Ratna"


def picture(form: str, mode: str = "RGB", **options: Any) -> bytes:
    """Return a wide picture, its left half red, with what cameras note beside it."""
    made = Image.new(mode, (40, 20), 0)
    made.paste(Image.new("RGB", (20, 20), (255, 0, 0)).convert(mode), (0, 0))
    exif = Image.Exif()
    exif[MAKER], exif[ORIENTATION] = SECRET, 6
    exif.get_ifd(GPS)[2] = (6.0, 10.0, 30.0)
    out = io.BytesIO()
    made.save(out, format=form, exif=exif, **options)
    return out.getvalue()


@contextmanager
def sent(content: bytes) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        yield file


@contextmanager
def clean(content: bytes, name: str, limits: Limits = LIMITS, limit_bytes: int = MIB) -> Iterator[CleanFile]:
    with sent(content) as file:
        made = cleaned(file, name, limit_bytes=limit_bytes, limits=limits)
        with made.file:
            yield made


@pytest.mark.parametrize(
    ("name", "form", "mode"),
    [
        ("IMG_1.jpg", "JPEG", "RGB"),
        ("IMG_1.JPEG", "JPEG", "L"),
        ("surat.jpg", "JPEG", "CMYK"),
        ("a.png", "PNG", "RGB"),
        ("a.png", "PNG", "RGBA"),
        ("a.png", "PNG", "P"),
        ("a.png", "PNG", "1"),
        ("a.webp", "WEBP", "RGB"),
    ],
)
def test_places_and_cameras_are_gone_and_the_picture_stands_upright(name: str, form: str, mode: str) -> None:
    content = picture(form, mode)
    assert b"Ratna" in content
    with clean(content, name) as made:
        kept = made.file.read()
    assert b"Ratna" not in kept
    shown = Image.open(io.BytesIO(kept))
    assert shown.format == form
    assert (shown.size, dict(shown.getexif()), shown.info.get("comment")) == ((20, 40), {}, None)
    assert len(kept) == made.size_bytes


def test_turned_points_are_the_same_points() -> None:
    with clean(picture("PNG"), "a.png") as made:
        shown = Image.open(made.file).convert("RGB")
    assert (shown.getpixel((10, 5)), shown.getpixel((10, 35))) == ((255, 0, 0), (0, 0, 0))


def test_remarks_within_a_picture_are_gone_too() -> None:
    from PIL.PngImagePlugin import PngInfo

    remarks = PngInfo()
    remarks.add_text("Author", SECRET)
    with clean(picture("PNG", pnginfo=remarks), "a.png") as made:
        assert b"Ratna" not in made.file.read()
    with clean(picture("JPEG", comment=SECRET.encode()), "a.jpg") as made:
        assert b"Ratna" not in made.file.read()


def test_a_document_is_kept_as_it_came() -> None:
    with clean(PDF, "Surat Ratna.pdf") as made:
        assert (made.file.read(), made.media_type, made.extension) == (PDF, "application/pdf", ".pdf")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.png", picture("JPEG")),
        ("a.jpg", picture("JPEG")[:160] + b"\xff\xd9"),
        ("a.webp", picture("WEBP")[:-4]),
        ("a.webp", picture("WEBP") + b"PK"),
        ("a.webp", b"RIFF\x04\0\0\0WEBP"),
        ("a.svg", b"<svg/>"),
        ("a", PDF),
    ],
)
def test_what_is_no_whole_picture_of_its_name_is_refused(name: str, content: bytes) -> None:
    with sent(content) as file, pytest.raises(RefusedFileError):
        cleaned(file, name, limit_bytes=MIB, limits=LIMITS)


def test_a_picture_that_moves_is_refused() -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 99)]
    frames[0].save(out, format="WEBP", save_all=True, append_images=frames[1:])
    with sent(out.getvalue()) as file, pytest.raises(RefusedFileError, match="bergerak"):
        cleaned(file, "a.webp", limit_bytes=MIB, limits=LIMITS)


def test_of_a_photo_with_pictures_behind_it_the_first_is_kept() -> None:
    out = io.BytesIO()
    first, behind = (Image.new("RGB", (16, 8), colour) for colour in ((200, 0, 0), (0, 0, 200)))
    first.save(out, format="MPO", save_all=True, append_images=[behind])
    opened = Image.open(io.BytesIO(out.getvalue()))
    assert (opened.format, getattr(opened, "n_frames", 1)) == ("MPO", 2)
    with clean(out.getvalue(), "IMG_1.jpg") as made:
        shown = Image.open(made.file)
        shown.load()
    assert (shown.format, shown.size, getattr(shown, "n_frames", 1)) == ("JPEG", (16, 8), 1)
    red, _, blue = cast("tuple[int, int, int]", shown.getpixel((4, 4)))
    assert (red > 150, blue < 50) == (True, True)


def test_greys_of_sixteen_bits_keep_their_shades() -> None:
    out = io.BytesIO()
    deep = Image.new("I;16", (3, 1))
    for place, grey in enumerate((0, 0x8000, 0xFFFF)):
        deep.putpixel((place, 0), grey)
    deep.save(out, format="PNG")
    with clean(out.getvalue(), "pindaian.png") as made:
        shown = Image.open(made.file)
        shades = [shown.getpixel((place, 0)) for place in range(3)]
    assert (shown.mode, shades) == ("L", [0, 0x80, 0xFF])


@pytest.mark.parametrize(("name", "form"), [("a.jpg", "JPEG"), ("a.png", "PNG"), ("a.webp", "WEBP")])
def test_a_picture_of_too_many_points_is_refused_before_it_is_decoded(name: str, form: str) -> None:
    few = replace(LIMITS, pixels=799)
    with sent(picture(form)) as file, pytest.raises(RefusedFileError, match="40 x 20 titik"):
        cleaned(file, name, limit_bytes=MIB, limits=few)


def test_too_large_a_file_is_refused_without_a_process() -> None:
    with sent(PDF) as file, pytest.raises(FileTooLargeError):
        cleaned(file, "a.pdf", limit_bytes=len(PDF) - 1, limits=LIMITS)


def test_a_picture_that_grows_beyond_the_limit_never_leaves_its_process() -> None:
    flat = io.BytesIO()
    Image.effect_noise((300, 300), 90).convert("RGB").save(flat, format="PNG")
    few = replace(LIMITS, packed_bytes=50_000)
    with sent(flat.getvalue()) as file, pytest.raises(FileTooLargeError):
        cleaned(file, "a.png", limit_bytes=MIB, limits=few)


def test_a_picture_at_its_limits_fits_into_the_memory_of_its_process() -> None:
    from services.complaints.conversation.data import conversation_rules

    rules = conversation_rules()
    out = io.BytesIO()
    side = int(rules.pixels**0.5)
    Image.new("RGB", (side, side), (9, 99, 199)).save(out, format="JPEG", progressive=True, quality=30)
    limits = Limits(
        packed_bytes=rules.file_bytes,
        pixels=rules.pixels,
        memory_bytes=rules.picture_memory_mib * MIB,
        seconds=rules.picture_seconds,
    )
    with clean(out.getvalue(), "a.jpg", limits, rules.file_bytes) as made:
        assert Image.open(made.file).size == (side, side)
