"""Codes as pictures: QR and Code-128."""

import io
from collections.abc import Callable, Mapping
from typing import Any, Final

import segno
from barcode import Code128
from barcode.writer import ImageWriter, SVGWriter

from couponry.domain.errors import InvalidValue
from couponry.http.queries import Parameter

Query = Mapping[str, str | int | bool | None]
Draw = Callable[[str, Query], bytes]

_SCALE: Final = Parameter(
    "scale", "Size of one module: pixels in a PNG, units in an SVG.", kind="integer", default=8, minimum=1, maximum=40
)
QR_PARAMETERS: Final = (
    _SCALE,
    Parameter("border", "Quiet zone, in modules.", kind="integer", default=4, maximum=20),
)
BARCODE_PARAMETERS: Final = (
    Parameter(
        "scale",
        "Width of the thinnest bar, in tenths of a millimetre.",
        kind="integer",
        default=3,
        minimum=1,
        maximum=10,
    ),
    Parameter("height", "Height of the bars, in millimetres.", kind="integer", default=15, minimum=5, maximum=60),
)
_PNG_DPI: Final = 254
"""Ten pixels a millimetre, so that a tenth is one pixel and bars are exact."""


def qr_svg(code: str, query: Query) -> bytes:
    """Draw a QR code (ISO/IEC 18004, error correction M) as SVG."""
    return _qr(code, query, "svg")


def qr_png(code: str, query: Query) -> bytes:
    """Draw a QR code (ISO/IEC 18004, error correction M) as PNG."""
    return _qr(code, query, "png")


def barcode_svg(code: str, query: Query) -> bytes:
    """Draw a Code-128 (ISO/IEC 15417) with its text below, as SVG."""
    return _barcode(code, query, SVGWriter())


def barcode_png(code: str, query: Query) -> bytes:
    """Draw a Code-128 (ISO/IEC 15417) with its text below, as PNG."""
    writer = ImageWriter(format="PNG")
    writer.dpi = _PNG_DPI
    return _barcode(code, query, writer)


def _qr(code: str, query: Query, kind: str) -> bytes:
    picture = io.BytesIO()
    segno.make(code, error="m", micro=False).save(
        picture, kind=kind, scale=int(query["scale"] or 1), border=int(query["border"] or 0)
    )
    return picture.getvalue()


def _barcode(code: str, query: Query, writer: Any) -> bytes:  # noqa: ANN401  # python-barcode has no types
    if not (code.isascii() and code.isprintable()):
        raise InvalidValue(
            "code_without_barcode", "Code-128 shows ASCII only; ask for the QR code of this coupon.", field="code"
        )
    scale_mm = int(query["scale"] or 1) / 10
    options = {
        "module_width": scale_mm,
        "module_height": int(query["height"] or 1),
        "quiet_zone": 10 * scale_mm,
        "font_size": 10,
        "text_distance": 5,
    }
    picture = io.BytesIO()
    Code128(code, writer=writer).write(picture, options)
    return picture.getvalue()
