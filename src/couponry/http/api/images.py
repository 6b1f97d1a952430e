"""Codes as pictures: QR and Code-128."""

import io
from collections.abc import Callable, Mapping
from html import escape
from itertools import groupby
from typing import Final

import segno
from barcode import Code128
from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

from couponry.domain.errors import InvalidValue
from couponry.http.queries import Parameter

Query = Mapping[str, str | int | bool | None]
Draw = Callable[[str, Query], bytes]

_UNITS: Final = "in pixels of a PNG or units of an SVG"
QR_PARAMETERS: Final = (
    Parameter("scale", f"Size of one module, {_UNITS}.", kind="integer", default=8, minimum=1, maximum=40),
    Parameter("border", "Quiet zone, in modules.", kind="integer", default=4, maximum=20),
)
BARCODE_PARAMETERS: Final = (
    Parameter("scale", f"Width of the thinnest bar, {_UNITS}.", kind="integer", default=2, minimum=1, maximum=10),
    Parameter("height", f"Height of the bars, {_UNITS}.", kind="integer", default=80, minimum=10, maximum=1000),
)
_QUIET_MODULES: Final = 10
_BLACK: Final = 0
_WHITE: Final = 255


def qr_svg(code: str, query: Query) -> bytes:
    """Draw a QR code (ISO/IEC 18004, error correction M) as SVG."""
    return _qr(code, query, "svg")


def qr_png(code: str, query: Query) -> bytes:
    """Draw a QR code (ISO/IEC 18004, error correction M) as PNG."""
    return _qr(code, query, "png")


def barcode_svg(code: str, query: Query) -> bytes:
    """Draw a Code-128 (ISO/IEC 15417) with its text below, as SVG."""
    drawing = _drawing(code, query)
    bars = "".join(f'<path d="M{x} {drawing.scale}h{width}v{drawing.height}h-{width}z"/>' for x, width in drawing.bars)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{drawing.total_width}" height="{drawing.total_height}" '
        f'viewBox="0 0 {drawing.total_width} {drawing.total_height}">'
        f'<rect width="100%" height="100%" fill="#fff"/><g fill="#000">{bars}'
        f'<text x="{drawing.total_width // 2}" y="{drawing.height + 2 * drawing.scale + drawing.font_size}" '
        f'font-family="monospace" font-size="{drawing.font_size}" text-anchor="middle" xml:space="preserve">'
        f"{escape(code)}</text></g></svg>\n"
    ).encode()


def barcode_png(code: str, query: Query) -> bytes:
    """Draw a Code-128 (ISO/IEC 15417) with its text below, as PNG; every bar is whole pixels wide."""
    drawing = _drawing(code, query)
    image = Image.new("L", (drawing.total_width, drawing.total_height), _WHITE)
    pen = ImageDraw.Draw(image)
    for x, width in drawing.bars:
        pen.rectangle((x, drawing.scale, x + width - 1, drawing.scale + drawing.height - 1), fill=_BLACK)
    middle = (drawing.total_width // 2, drawing.height + 2 * drawing.scale)
    pen.text(middle, code, fill=_BLACK, font=ImageFont.load_default(drawing.font_size), anchor="ma")
    picture = io.BytesIO()
    image.save(picture, "PNG")
    return picture.getvalue()


class _Drawing(Struct, frozen=True):
    """A Code-128, measured.

    Attributes:
        scale: width of one module.
        height: of the bars.
        font_size: of the text below.
        bars: left edge and width of each.
    """

    scale: int
    height: int
    font_size: int
    total_width: int
    bars: tuple[tuple[int, int], ...]

    @property
    def total_height(self) -> int:
        return self.height + 2 * self.font_size + 2 * self.scale


def _drawing(code: str, query: Query) -> _Drawing:
    if not (code.isascii() and code.isprintable()):
        raise InvalidValue(
            "code_without_barcode", "Code-128 shows ASCII only; ask for the QR code of this coupon.", field="code"
        )
    scale, height = int(query["scale"] or 1), int(query["height"] or 1)
    modules: str = Code128(code).build()[0]
    bars, x = [], _QUIET_MODULES * scale
    for is_bar, run in groupby(modules, lambda module: module == "1"):
        width = len(list(run)) * scale
        if is_bar:
            bars.append((x, width))
        x += width
    return _Drawing(scale, height, max(8, 7 * scale), x + _QUIET_MODULES * scale, tuple(bars))


def _qr(code: str, query: Query, kind: str) -> bytes:
    picture = io.BytesIO()
    segno.make(code, error="m", micro=False).save(
        picture, kind=kind, scale=int(query["scale"] or 1), border=int(query["border"] or 0)
    )
    return picture.getvalue()
