"""Pictures written anew: the points alone, upright, without what a camera notes beside them.

Runs in the process of one file, after `check_content`: no decoder meets a picture larger than its limits.
Source: complaints.md section 8.5.
"""

from io import BytesIO

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from shared.files.inspection.refusal import NotWholeError, RefusedFileError

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
_QUALITY = 90
"""Of formats that lose: what a second writing takes away nobody sees."""
_MODES = {
    "PNG": {"1": "L", "L": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA", "I;16": "L", "I": "L"},
    "JPEG": {"L": "L", "1": "L"},
    "WEBP": {"RGBA": "RGBA", "LA": "RGBA", "P": "RGBA", "PA": "RGBA"},
}
_DEEP = frozenset({"I;16", "I"})
"""Greys of sixteen bits: converted as they are, all but the darkest would be white."""
_OTHERWISE = {"PNG": "RGBA", "JPEG": "RGB", "WEBP": "RGB"}


def written_anew(content: bytes, extension: str) -> bytes:
    """Return the picture as a new file of the same format; the places, times and names beside it are gone.

    What was to be turned is turned. Colour profiles go too: colours are read as sRGB. Raises
    `RefusedFileError` for what does not decode, and for a picture that moves. Of a JPEG the first picture is
    taken: what follows it is a depth map or a preview, and moves nothing.
    """
    form = FORMATS[extension]
    Image.MAX_IMAGE_PIXELS = None  # the size was looked at before
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(BytesIO(content), formats=[form]) as opened:
            if form != "JPEG" and getattr(opened, "n_frames", 1) > 1:
                raise RefusedFileError(
                    "Gambar bergerak tidak diterima; kirim sebagai gambar diam.", field="file"
                )
            opened.load()
            turned = ImageOps.exif_transpose(opened)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as broken:
        raise NotWholeError(extension.removeprefix(".")) from broken
    if turned.mode in _DEEP:
        turned = turned.point(lambda grey: grey * (1 / 256))
    plain = turned.convert(_MODES[form].get(turned.mode, _OTHERWISE[form]))
    plain.info = {}
    made = BytesIO()
    options = {} if form == "PNG" else {"quality": _QUALITY}
    plain.save(made, format=form, **options)
    return made.getvalue()
