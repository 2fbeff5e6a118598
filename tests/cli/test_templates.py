"""`mailbot templates`: broken ones named with file and line, a look at each, what differs, a test by mail."""

from email import message_from_bytes, policy

import pytest

from mailbot.letters.letter import LetterName
from mailbot.letters.shipped import shipped_templates
from tests.builders import RETURNS
from tests.cli.conftest import ShopFolder, config
from tests.servers import SmtpSink

OWN = '[templates]\npath = "templates"\n'


@pytest.fixture
def own(shop: ShopFolder) -> ShopFolder:
    """A shop with a letter of its own."""
    shop.write("config.toml", config(more=OWN))
    shop.write("templates/en/closed.md", '---\nsubject = "Closed"\n---\nDear customer, all is settled.\n')
    return shop


def test_the_shipped_letters_can_be_written_without_configuration(empty: ShopFolder) -> None:
    said = empty.call("templates", "check")
    assert said.code == 0
    assert "de, en" in said.out


def test_a_broken_letter_is_named_with_file_and_line(own: ShopFolder) -> None:
    own.write("templates/en/decline.md", '---\nsubject = "No"\n---\nDear customer,\n{{ wrods.sorry }}\n')
    own.write("templates/de/closd.md", '---\nsubject = "Zu"\n---\nGeschlossen.\n')
    said = own.call("templates", "check")
    assert said.code == 1
    assert "en/decline.md:5: " in said.out
    assert "de/closd.md:1: " in said.out


def test_a_configured_language_without_letters_is_told(shop: ShopFolder) -> None:
    shop.write("config.toml", config().replace('name = "Test Shop"', 'name = "Test Shop"\nlanguages = ["en", "fr"]'))
    said = shop.call("templates", "check")
    assert said.code == 0
    assert "there are no letters in 'fr'" in said.out


@pytest.mark.parametrize("name", LetterName)
@pytest.mark.parametrize("language", ["en", "de"])
def test_every_letter_can_be_looked_at(empty: ShopFolder, name: str, language: str) -> None:
    said = empty.call("templates", "preview", name, "--language", language)
    assert said.code == 0
    subject, _, text = said.out.partition("\n\n")
    assert subject.startswith("Subject: ")
    assert len(text) > 40


def test_a_preview_is_of_the_shops_own_letter_in_its_own_name(own: ShopFolder) -> None:
    assert "Dear customer, all is settled." in own.call("templates", "preview", "closed").out
    assert "Test Shop" in own.call("templates", "preview", "approve_return").out


def test_a_preview_can_be_a_page(empty: ShopFolder) -> None:
    assert empty.call("templates", "preview", "decline", "--html", "page.html").code == 0
    assert "<html" in (empty.path / "page.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("declne",), "did you mean decline?"),
        (("xyz",), "approve_return"),
        (("decline", "--language", "fr"), "de, en"),
    ],
)
def test_a_letter_that_is_not_there_is_a_wrong_call(
    empty: ShopFolder, arguments: tuple[str, ...], message: str
) -> None:
    said = empty.call("templates", "preview", *arguments)
    assert (said.code, message in said.err) == (2, True)


def test_a_preview_of_a_broken_letter_says_where(own: ShopFolder) -> None:
    own.write("templates/en/closed.md", '---\nsubject = "Closed"\n---\n{{ nothing_of_this_name }}\n')
    said = own.call("templates", "preview", "closed")
    assert (said.code, said.err.startswith("en/closed.md:4: ")) == (1, True)


def test_diff_shows_what_differs_from_the_shipped(own: ShopFolder) -> None:
    said = own.call("templates", "diff")
    assert said.code == 0
    assert "+Dear customer, all is settled." in said.out.splitlines()
    shipped = shipped_templates().joinpath("en", "closed.md").read_text(encoding="utf-8")
    own.write("templates/en/closed.md", shipped)
    assert own.call("templates", "diff").out == ""


def test_diff_without_a_folder_says_so(empty: ShopFolder) -> None:
    said = empty.call("templates", "diff")
    assert (said.code, said.out, "[templates] path" in said.err) == (0, "", True)


def test_a_test_letter_goes_out_by_mail(shop: ShopFolder, smtp_sink: SmtpSink) -> None:
    shop.write("config.toml", config(smtp_port=smtp_sink.port))
    said = shop.call("templates", "test-send", "approve_return", "me@mail.example", "--language", "de")
    assert (said.code, said.out) == (0, "sent approve_return to me@mail.example\n")
    (mail,) = smtp_sink.mails
    assert (mail.sender, mail.recipients) == (RETURNS, ("me@mail.example",))
    message = message_from_bytes(mail.raw, policy=policy.default)
    assert str(message["Subject"]).startswith("[Test] ")
    assert "RMA-7F3K2Q" in mail.raw.decode()


def test_a_test_letter_needs_a_server(empty: ShopFolder, shop: ShopFolder) -> None:
    said = shop.call("templates", "test-send", "closed", "me@mail.example")
    assert (said.code, said.out) == (1, "")
    (shop.path / "config.toml").unlink()
    assert empty.call("templates", "test-send", "closed", "me@mail.example").code == 2


@pytest.mark.parametrize("address", ["nobody", "a b@mail.example", "x@mail.example\r\nBcc: y@mail.example"])
def test_a_test_letter_goes_to_an_address_only(shop: ShopFolder, smtp_sink: SmtpSink, address: str) -> None:
    shop.write("config.toml", config(smtp_port=smtp_sink.port))
    assert shop.call("templates", "test-send", "closed", address).code == 2
    assert smtp_sink.mails == []
