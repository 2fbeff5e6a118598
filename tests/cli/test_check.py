"""`mailbot check` from the command line: line by line what to mend, on real servers with --send."""

from tests.builders import LEA, RETURNS
from tests.cli.conftest import ShopFolder, config
from tests.servers import SmtpSink


def grades(shop: ShopFolder, *options: str) -> dict[str, str]:
    """How each thing ended; the worst, where it has several lines."""
    worst: dict[str, str] = {}
    for line in shop.call("check", "--json", *options).objects:
        before = worst.get(line["what"], "ok")
        worst[line["what"]] = max(before, line["grade"], key=["ok", "note", "mend"].index)
    return worst


def test_a_broken_configuration_is_told_line_by_line(shop: ShopFolder) -> None:
    shop.write("config.toml", config(more="[policy]\ndoa_dayz = 3\nexpire_days = -1"))
    said = shop.call("check")
    assert said.code == 2
    assert [line for line in said.out.splitlines() if line.startswith("mend")] == [
        line for line in said.out.splitlines() if not line.startswith(" ")
    ]
    assert "policy.doa_dayz" in said.out
    assert "policy.expire_days" in said.out
    assert [one["grade"] for one in shop.call("check", "--json").objects] == ["mend", "mend"]


def test_what_cannot_be_reached_is_told_and_the_rest_is_tried_all_the_same(shop: ShopFolder) -> None:
    said = shop.call("check")
    assert said.code == 1
    told = {line.split(":")[0]: line for line in said.out.splitlines() if not line.startswith(" ")}
    assert {"ok   database", "ok   attachments", "ok   orders", "ok   agents", "mend imap", "mend smtp"} <= set(told)
    assert max(map(len, said.out.splitlines())) <= 80
    assert said.err == ""


def test_files_of_the_shop_that_cannot_be_read_are_named_with_their_line(shop: ShopFolder) -> None:
    shop.write("orders.csv", (shop.path / "orders.csv").read_text().replace("2026-11-02", "2.11.26"))
    said = " ".join(shop.call("check").out.split())
    assert "mend orders: " in said
    assert "orders.csv, line 2, column delivered_on" in said


def test_a_database_that_is_none_is_told_and_the_rest_is_tried(shop: ShopFolder) -> None:
    shop.write("mailbot.db", "no database")
    told = grades(shop)
    assert (told["database"], told["attachments"]) == ("mend", "ok")


def test_broken_templates_are_lines_of_their_own(shop: ShopFolder) -> None:
    shop.write("config.toml", config(more='[templates]\npath = "templates"'))
    shop.write("templates/en/closed.md", "no front matter")
    assert grades(shop)["templates"] == "mend"


def test_a_shop_that_works_has_nothing_to_mend_and_sends_nothing(at_work: ShopFolder, smtp_sink: SmtpSink) -> None:
    said = at_work.call("check")
    assert said.code == 0, said.out
    assert "mend" not in said.out
    assert smtp_sink.mails == []


def test_send_learns_of_plus_addresses_and_copies_and_writes_to_agents(
    at_work: ShopFolder, smtp_sink: SmtpSink
) -> None:
    told = grades(at_work, "--send")
    assert {name: told[name] for name in ("probe", "Message-ID", "plus addresses", "sent copies", "agents' mail")} == {
        "probe": "ok",
        "Message-ID": "ok",
        "plus addresses": "ok",
        "sent copies": "ok",
        "agents' mail": "ok",
    }
    assert sorted(mail.recipients[0].partition("+")[0] for mail in smtp_sink.mails) == sorted([RETURNS, "returns", LEA])


def test_a_second_check_with_probes_opens_no_claims(at_work: ShopFolder) -> None:
    at_work.call("check", "--send")
    assert at_work.call("once").code == 0
    assert at_work.call("claims", "list", "--json").out == ""
