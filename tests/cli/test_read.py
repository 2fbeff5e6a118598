"""`mailbot read`: an object a message, whatever the file; the exit code is 0 unless a path is missing."""

import pytest

from tests.builders import raw_mail
from tests.cli.conftest import ShopFolder


@pytest.fixture
def mails(empty: ShopFolder) -> ShopFolder:
    """A folder of a good mail, an empty file, a binary one, one in a folder below, and a hidden one."""
    folder = empty.path / "mails"
    (folder / "below").mkdir(parents=True)
    (folder / "1.eml").write_bytes(raw_mail(files=("front of box.jpg",)))
    (folder / "2.eml").write_bytes(b"")
    (folder / "3.eml").write_bytes(bytes(range(256)) * 40)
    (folder / "below" / "4.eml").write_bytes(raw_mail("Thanks!\n"))
    (folder / ".hidden").write_bytes(b"x")
    return empty


def test_a_folder_is_one_object_a_file_and_never_stops(mails: ShopFolder) -> None:
    said = mails.call("read", "mails", "--json")
    assert said.code == 0
    assert [one["file"] for one in said.objects] == ["1.eml", "2.eml", "3.eml", "below/4.eml"]
    first, second, third, _ = said.objects
    assert (first["kind"], first["order_numbers"]) == ("return_request", ["770000001"])
    assert (second["kind"], bool(second["error"])) == ("unreadable", True)
    assert (third["kind"], bool(third["error"])) == ("unreadable", True)


def test_the_object_has_the_contracts_names(mails: ShopFolder) -> None:
    (told,) = mails.call("read", "mails/1.eml", "--json").objects
    assert set(told) >= {
        *("file", "message_id", "from", "to", "subject", "in_reply_to", "references", "text", "reply_text", "answers"),
        *("language", "kind", "order_numbers", "products", "problem", "resolution_wanted", "signals", "attachments"),
        *("bounced_recipients", "is_auto_reply", "is_bounce", "may_be_answered", "confidence", "why"),
    }
    assert told["attachments"][0]["shows"] == ["package_front"]


def test_people_get_a_summary(mails: ShopFolder) -> None:
    said = mails.call("read", "mails")
    assert said.code == 0
    assert "1.eml: return_request" in said.out
    assert "orders      770000001" in said.out
    assert "2.eml: unreadable: " in said.out


def test_a_missing_path_is_told_as_unreadable_the_rest_is_read_and_the_call_was_wrong(mails: ShopFolder) -> None:
    said = mails.call("read", "nowhere", "mails/1.eml", "--json")
    assert [(one["file"], one["kind"] == "unreadable") for one in said.objects] == [("nowhere", True), ("1.eml", False)]
    assert (said.code, said.err.partition(":")[0]) == (2, "nowhere")


def test_files_are_told_in_the_order_of_the_call(mails: ShopFolder) -> None:
    said = mails.call("read", "mails/below/4.eml", "mails/1.eml", "--json")
    assert [one["file"] for one in said.objects] == ["4.eml", "1.eml"]


def test_products_are_those_of_the_configured_catalogue(shop: ShopFolder) -> None:
    (shop.path / "1.eml").write_bytes(raw_mail())
    (told,) = shop.call("read", "1.eml", "--json").objects
    assert [product["sku"] for product in told["products"]] == ["QX-EARS-2"]


def test_mail_from_the_configured_shop_itself_is_not_answerable(shop: ShopFolder) -> None:
    (shop.path / "1.eml").write_bytes(raw_mail(sender="returns@shop.example"))
    (told,) = shop.call("read", "1.eml", "--json").objects
    assert told["may_be_answered"] is False
