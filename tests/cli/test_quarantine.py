"""`mailbot quarantine`: none is dropped; each can be looked at, taken out as it came, and tried again."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.bootstrap import Assembled
from mailbot.desk.quarantine import set_aside
from mailbot.desk.rows import NewMail
from mailbot.settings import load
from tests.builders import THURSDAY, raw_mail
from tests.cli.conftest import ShopFolder

RAW = raw_mail("Dear shop,\nthis one \x1b[31mbreaks everything.\n", subject="Poison")


@pytest.fixture
def poisoned(shop: ShopFolder) -> ShopFolder:
    """One mail in quarantine, number 1."""
    from mailbot.mail.parse import parse

    with Assembled(load(shop.path / "config.toml"), clock=lambda: THURSDAY) as assembled:
        desk = assembled.desk
        mail = NewMail(
            mailbox="INBOX", uidvalidity=1, uid=1, blob=desk.blobs.put(RAW), size=len(RAW), internal_at=THURSDAY
        )
        with desk.store.transaction() as tx:
            tx.keep([mail], at=THURSDAY)
        with desk.store.reading() as tx:
            kept = tx.mail(1)
        assert kept is not None
        set_aside(desk, kept, parse(RAW), "three tries, each ended in an error")
    return shop


def test_list_prints_the_contracts_object(poisoned: ShopFolder) -> None:
    assert poisoned.call("quarantine", "list", "--json").objects == [
        {
            "id": 1,
            "received_at": "2026-11-05T11:00:00+01:00",
            "from": "anna@mail.example",
            "subject": "Poison",
            "reason": "three tries, each ended in an error",
        }
    ]


def test_a_list_for_people_names_sender_and_reason(poisoned: ShopFolder) -> None:
    said = poisoned.call("quarantine", "list")
    assert "anna@mail.example" in said.out
    assert "three tries" in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_an_empty_quarantine_is_said(shop: ShopFolder) -> None:
    assert shop.call("quarantine", "list").err == "nothing is in quarantine\n"
    assert shop.call("quarantine", "list", "--json").out == ""


def test_show_tells_the_reason_and_the_beginning_without_control_characters(poisoned: ShopFolder) -> None:
    said = poisoned.call("quarantine", "show", "1")
    assert said.code == 0
    assert "reason    three tries, each ended in an error" in said.out
    assert "Subject: Poison" in said.out
    assert "\x1b" not in said.out
    (told,) = poisoned.call("quarantine", "show", "1", "--json").objects
    assert told["size"] == len(RAW)


def test_export_writes_the_very_bytes(poisoned: ShopFolder) -> None:
    assert poisoned.call("quarantine", "export", "1").code == 0
    assert (poisoned.path / "quarantine-1.eml").read_bytes() == RAW
    assert poisoned.call("quarantine", "export", "1", "odd.eml").code == 0
    assert (poisoned.path / "odd.eml").read_bytes() == RAW


def test_export_overwrites_nothing(poisoned: ShopFolder) -> None:
    path = poisoned.write("mine.eml", "mine")
    said = poisoned.call("quarantine", "export", "1", "mine.eml")
    assert (said.code, path.read_text()) == (2, "mine")


def test_retry_lets_the_mail_be_handled(poisoned: ShopFolder) -> None:
    assert poisoned.call("quarantine", "retry", "1").code == 0
    assert poisoned.call("quarantine", "list", "--json").out == ""
    with Assembled(load(poisoned.path / "config.toml"), clock=lambda: THURSDAY) as assembled:
        from mailbot.desk.once import handle_waiting

        assert handle_waiting(assembled.desk) == 1


@pytest.mark.parametrize("command", ["show", "retry", "export"])
def test_a_mail_that_is_not_in_quarantine_is_a_wrong_call(poisoned: ShopFolder, command: str) -> None:
    said = poisoned.call("quarantine", command, "7")
    assert (said.code, "no mail 7" in said.err) == (2, True)


def test_one_wrong_number_retries_nothing(poisoned: ShopFolder) -> None:
    assert poisoned.call("quarantine", "retry", "1", "7").code == 2
    assert len(poisoned.call("quarantine", "list", "--json").objects) == 1


def test_bytes_that_are_gone_are_told(poisoned: ShopFolder) -> None:
    for path in Path(poisoned.path / "attachments").rglob("*"):
        if path.is_file():
            path.unlink()
    said = poisoned.call("quarantine", "export", "1")
    assert (said.code, "backup" in said.err) == (1, True)
    assert not (poisoned.path / "quarantine-1.eml").exists()


def test_what_is_exported_is_still_a_mail(poisoned: ShopFolder) -> None:
    from email import message_from_bytes, policy

    poisoned.call("quarantine", "export", "1")
    message = message_from_bytes((poisoned.path / "quarantine-1.eml").read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert message["Subject"] == "Poison"
