"""What the bench sends: customers' mails, with and without photos, and the shop they are about."""

import io
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

SHOP = "returns@bench.example"
_PHOTO_SIZE = (1600, 1200)
_PROOFS = ("package-front", "package-back", "device", "problem")

_STORIES = (
    "The left channel of the {product} is dead since yesterday. It worked for three days, then the sound on the "
    "left went away and never came back, with every phone I tried.",
    "I bought a {product} from you and the screen flickers as soon as it gets warm. After ten minutes it is gone. "
    "I updated it and reset it, nothing helps.",
    "My {product} does not charge any more. The lamp stays off with three different cables and two chargers, "
    "and it was charging fine last week.",
    "The {product} switches itself off every few minutes, also on full battery. It started two days after it arrived.",
)
_PRODUCTS = (
    ("QX-EARS-2", "Quixo Ears 2", "earphones"),
    ("QX-TAB-10", "Quixo Tab 10", "tablet"),
    ("LM-CAM-4", "Lumara Cam 4", "camera"),
    ("LM-LAMP-S", "Lumara Lamp S", "lamp"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Somebody who bought one thing and writes about it."""

    number: int
    address: str
    order: str
    sku: str
    product: str


def customer(number: int) -> Customer:
    """The customer of this number; each has an order and an address of their own."""
    sku, name, _ = _PRODUCTS[number % len(_PRODUCTS)]
    return Customer(
        number=number,
        address=f"customer{number}@mail{number % 17}.example",
        order=f"2004{number:05d}",
        sku=sku,
        product=name,
    )


def write_shop(folder: Path, count: int) -> None:
    """`orders.csv` and `catalog.csv` for so many customers."""
    today = date.today()  # noqa: DTZ011 - the bench runs in its own day
    header = (
        "order_number,customer_name,customer_email,ordered_on,shipped_on,delivered_on,partial_shipment,"
        "sku,quantity,unit_price,currency"
    )
    rows = [header]
    for number in range(count):
        one = customer(number)
        days = ",".join((today - timedelta(days=ago)).isoformat() for ago in (12, 9, 4))
        rows.append(f"{one.order},Customer {number},{one.address},{days},no,{one.sku},1,89.00,EUR")
    (folder / "orders.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    lines = ["sku,name,brand,category,aliases"]
    lines += [f"{sku},{name},{name.split()[0]},{kind},{name.split(maxsplit=1)[1]}" for sku, name, kind in _PRODUCTS]
    (folder / "catalog.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def mail(number: int, photos: tuple[bytes, ...] = ()) -> bytes:
    """One customer's mail; with photos all four proofs are attached, named as phones and people name them."""
    one = customer(number)
    message = EmailMessage()
    message["From"] = f"Customer {number} <{one.address}>"
    message["To"] = SHOP
    message["Subject"] = f"Problem with my {one.product}"
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<bench-{number}-{len(photos)}@{one.address.partition('@')[2]}>"
    story = _STORIES[number % len(_STORIES)].format(product=one.product)
    message.set_content(
        f"Hello,\n\nmy order number is {one.order}.\n\n{story}\n\nI would like a replacement.\n\n"
        f"Kind regards\nCustomer {number}\n"
    )
    for place, photo in enumerate(photos):
        message.add_attachment(photo, maintype="image", subtype="jpeg", filename=f"{_PROOFS[place]}-{number}.jpg")
    return message.as_bytes()


def photos(seed: int) -> tuple[bytes, ...]:
    """Four different photos of about 200 KB, as a phone would send them scaled for mail."""
    chance = random.Random(seed)
    made = []
    for _ in _PROOFS:
        noise = Image.effect_noise((_PHOTO_SIZE[0] // 8, _PHOTO_SIZE[1] // 8), 40).resize(_PHOTO_SIZE)
        picture = Image.merge("RGB", [noise.filter(ImageFilter.GaussianBlur(1 + chance.random())) for _ in range(3)])
        draw = ImageDraw.Draw(picture)
        for _ in range(12):
            x, y = chance.randrange(_PHOTO_SIZE[0]), chance.randrange(_PHOTO_SIZE[1])
            colour = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
            draw.rectangle((x, y, x + 300, y + 200), fill=colour)
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=80)
        made.append(buffer.getvalue())
    return tuple(made)
