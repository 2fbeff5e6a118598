"""What the demo tells whoever runs it: what is going on, and how to write to it with any mail program."""

from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from mailbot.demo import pictures
from mailbot.demo.servers import EmbeddedServers
from mailbot.demo.shop import MIA, PASSWORD, SHOP, YOU, purchase_of


def opening(servers: EmbeddedServers) -> RenderableType:
    """What is about to be seen."""
    return Text(
        f"{SHOP.name} is an invented shop. Its mailbox {SHOP.address} lies on servers inside this process "
        f"(IMAP on port {servers.imap_port}, SMTP on port {servers.smtp_port} of {servers.host}), and mailbot works "
        f"on it as it would on a real one: every mail below has passed through these servers. Letters that were shown "
        f"once are cut when they come again."
    )


def write_pictures(folder: Path) -> None:
    """Put pictures to attach into the folder `pictures`."""
    target = folder / "pictures"
    target.mkdir()
    number = purchase_of(YOU).number
    for picture in (
        pictures.parcel_front("package-front.jpg", address=YOU.home, order_number=number),
        pictures.parcel_back("package-back.jpg", order_number=number),
        pictures.phone("phone.jpg", order_number=number),
        pictures.phone("problem.jpg", order_number=number, black=True),
    ):
        (target / picture.filename).write_bytes(picture.content)


def how_to_write(servers: EmbeddedServers, folder: Path) -> RenderableType:
    """Hosts, ports and passwords for a mail program, and command lines for `swaks`."""
    number = purchase_of(YOU).number
    accounts = Table.grid(padding=(0, 2))
    for what, value in (
        ("IMAP", f"{servers.host}, port {servers.imap_port}, no encryption"),
        ("SMTP", f"{servers.host}, port {servers.smtp_port}, no encryption, sign in with a password"),
        ("a customer", f"{YOU.address}, password {PASSWORD}; has bought a Kestrel P5, order {number}"),
        ("the agent", f"{MIA.address}, password {PASSWORD}; answers notifications with commands, /help lists them"),
        ("the shop", f"{SHOP.address}, password {PASSWORD}; write to this address"),
        ("pictures", f"{folder / 'pictures'}"),
        ("log", f"{folder / 'mailbot.log'}"),
    ):
        accounts.add_row(Text(what, style="bold"), Text(value))
    swaks = (
        f"swaks --server {servers.host}:{servers.smtp_port} --auth LOGIN \\\n"
        f"  --auth-user {YOU.address} --auth-password {PASSWORD} \\\n"
        f"  --from {YOU.address} --to {SHOP.address} \\\n"
        f"  --header 'Subject: My phone' \\\n"
        f"  --body 'My Kestrel P5 from order {number} has been dead since yesterday.' \\\n"
        f"  --attach @{folder / 'pictures' / 'package-front.jpg'}"
    )
    return Group(
        Text("\nNow you. In a mail program, or with swaks:\n", style="bold"),
        accounts,
        Text(f"\n{swaks}\n"),
        Text(
            "To answer a letter, reply to it in a mail program; with swaks, keep its [RMA-…] in the subject. "
            "Whatever arrives is shown here. Ctrl-C ends the demo.\n"
        ),
    )
