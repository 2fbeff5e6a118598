"""Pictures of parcels and devices as customers photograph them, drawn on the spot."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

_SIZE = (1200, 900)
_QUALITY = 82
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))

_TABLE = ((104, 78, 60), (176, 141, 110))
_CARTON = ((150, 108, 66), (196, 152, 104))
_TAPE = (222, 203, 160)
_PAPER = (244, 243, 238)
_INK = (32, 32, 36)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A file that a customer attaches."""

    filename: str
    content: bytes
    content_type: str = "image/jpeg"


def parcel_front(filename: str, *, address: Sequence[str], order_number: str) -> Picture:
    """The front of a parcel with its address label."""
    image, draw = _carton()
    draw.rectangle((330, 270, 870, 650), fill=_PAPER, outline=_INK, width=3)
    draw.text((360, 290), "TO", font=_font(24), fill=_INK)
    for row, line in enumerate(address):
        draw.text((360, 325 + 42 * row), line, font=_font(34), fill=_INK)
    draw.line((330, 510, 870, 510), fill=_INK, width=3)
    _barcode(draw, (360, 530), order_number)
    draw.text((360, 610), f"ORDER {order_number}", font=_font(24), fill=_INK)
    return _saved(filename, image)


def parcel_back(filename: str, *, order_number: str) -> Picture:
    """The back of the same parcel: tape along the seam, and the packer's stamp, which no two parcels have alike."""
    image, draw = _carton()
    draw.rectangle((180, 420, 1020, 500), fill=_TAPE, outline=(196, 176, 130), width=2)
    draw.line((180, 460, 1020, 460), fill=(150, 120, 80), width=3)
    draw.text((720, 590), f"packed / {order_number[-4:]}", font=_font(38), fill=(92, 58, 34))
    for step in range(5):
        draw.arc((240 + 14 * step, 560 + 9 * step, 380, 680), 20 * step, 300, fill=(92, 58, 34), width=3)
    return _saved(filename, image)


def phone(filename: str, *, order_number: str, cracked: bool = False, black: bool = False) -> Picture:
    """A phone on a table; with cracks in its glass, or with a screen that stays black."""
    image, draw = _table(order_number)
    draw.rounded_rectangle((420, 90, 780, 810), radius=48, fill=(24, 24, 28), outline=(90, 90, 96), width=6)
    screen = (446, 130, 754, 770)
    if black:
        draw.rounded_rectangle(screen, radius=24, fill=(7, 7, 9))
        draw.polygon([(470, 150), (600, 150), (470, 420)], fill=(22, 22, 26))
    else:
        _display(draw, screen)
    if cracked:
        _cracks(draw, (530, 330), screen)
    return _saved(filename, image)


def charging_phone(filename: str, *, order_number: str) -> Picture:
    """A phone at its cable that shows an empty battery."""
    image, draw = _table(order_number)
    draw.rounded_rectangle((420, 90, 780, 780), radius=48, fill=(24, 24, 28), outline=(90, 90, 96), width=6)
    draw.rounded_rectangle((446, 130, 754, 740), radius=24, fill=(10, 10, 12))
    draw.rounded_rectangle((520, 390, 660, 470), radius=12, outline=(220, 60, 50), width=6)
    draw.rectangle((660, 415, 674, 445), fill=(220, 60, 50))
    draw.rectangle((530, 400, 540, 460), fill=(220, 60, 50))
    draw.text((570, 405), "0 %", font=_font(40), fill=(230, 230, 230))
    draw.line((600, 780, 600, 840, 900, 880), fill=(235, 235, 235), width=14, joint="curve")
    return _saved(filename, image)


def earbuds(filename: str, *, order_number: str, close_up: bool = False) -> Picture:
    """A pair of earbuds beside their case; or the silent one close up, its grille torn."""
    image, draw = _table(order_number)
    if close_up:
        draw.ellipse((330, 180, 830, 680), fill=(238, 238, 240), outline=(150, 150, 156), width=6)
        draw.ellipse((450, 300, 710, 560), fill=(70, 70, 76))
        for hole in range(90):
            distance, turn = 12.5 * math.sqrt(hole), hole * _GOLDEN_ANGLE
            x, y = 580 + distance * math.cos(turn), 430 + distance * math.sin(turn)
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), fill=(20, 20, 22))
        draw.polygon([(520, 330), (690, 520), (560, 470)], fill=(12, 12, 14))
    else:
        draw.rounded_rectangle((360, 420, 840, 760), radius=120, fill=(246, 246, 248), outline=(160, 160, 166), width=5)
        draw.line((380, 540, 820, 540), fill=(170, 170, 176), width=4)
        for left in (430, 660):
            draw.rounded_rectangle((left + 40, 250, left + 75, 400), radius=16, fill=(240, 240, 242))
            draw.ellipse((left, 170, left + 110, 290), fill=(246, 246, 248), outline=(150, 150, 156), width=4)
    return _saved(filename, image)


def tiny(filename: str, picture: Picture) -> Picture:
    """The same picture in the size of a stamp, as a gallery's preview is: too small to recognise anything."""
    with Image.open(io.BytesIO(picture.content)) as image:
        image.thumbnail((160, 120))
        return _saved(filename, image.convert("RGB"))


def _table(seed: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A table top with a grain that `seed` bends, so that two photographs are never the same file."""
    image = _shaded(_SIZE, *_TABLE)
    draw = ImageDraw.Draw(image)
    bend = int(seed) % 97 if seed.isdigit() else len(seed)
    for row in range(0, 920, 23):
        points = [(x, row + 6 * math.sin((x + 7 * bend + 11 * row) / 130)) for x in range(-20, 1240, 40)]
        draw.line(points, fill=(120, 92, 70), width=2)
    return image, draw


def _carton() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image, draw = _table("")
    image.paste(_shaded((840, 620), *_CARTON), (180, 140))
    draw.rectangle((180, 140, 1020, 760), outline=(110, 76, 44), width=4)
    for x in range(200, 1020, 26):
        draw.line((x, 146, x, 754), fill=(170, 128, 82), width=1)
    return image, draw


def _shaded(size: tuple[int, int], dark: tuple[int, int, int], light: tuple[int, int, int]) -> Image.Image:
    gradient = Image.linear_gradient("L").resize(size)
    black = [
        round(low + (high - low) * value / 255) for low, high in zip(dark, light, strict=True) for value in range(256)
    ]
    return Image.merge("RGB", (gradient, gradient, gradient)).point(black)


def _display(draw: ImageDraw.ImageDraw, screen: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = screen
    draw.rounded_rectangle(screen, radius=24, fill=(38, 84, 138))
    draw.text((left + 90, top + 60), "09:41", font=_font(52), fill=(255, 255, 255))
    for place in range(12):
        x, y = left + 30 + 92 * (place % 3), top + 210 + 100 * (place // 3)
        draw.rounded_rectangle((x, y, x + 64, y + 64), radius=16, fill=(90 + 12 * place, 200 - 9 * place, 120))
    draw.line((left + 90, bottom - 24, right - 90, bottom - 24), fill=(255, 255, 255), width=6)


def _cracks(draw: ImageDraw.ImageDraw, centre: tuple[int, int], screen: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = screen
    for crack in range(23):
        turn, x, y = crack * _GOLDEN_ANGLE, float(centre[0]), float(centre[1])
        points = [(x, y)]
        for step in range(1, 9):
            turn += 0.35 * math.sin(3.1 * crack + 1.7 * step)
            x = min(max(x + 46 * math.cos(turn), left), right)
            y = min(max(y + 46 * math.sin(turn), top), bottom)
            points.append((x, y))
        draw.line(points, fill=(226, 232, 238), width=3 if crack % 3 else 5)


def _barcode(draw: ImageDraw.ImageDraw, corner: tuple[int, int], code: str) -> None:
    x, y = corner
    for bit in "".join(f"{ord(letter):08b}" for letter in code):
        if bit == "1":
            draw.rectangle((x, y, x + 3, y + 70), fill=_INK)
        x += 6


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Pillow's own: a machine without any font can run the demo.
    return ImageFont.load_default(size)


def _saved(filename: str, image: Image.Image) -> Picture:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=_QUALITY)
    return Picture(filename=filename, content=target.getvalue())
