"""A configuration that cannot be put in force ends no daemon."""

from pathlib import Path

import pytest

from mailbot.bootstrap import Assembled
from mailbot.daemon import _reloaded
from mailbot.settings import load

SHOP = '[shop]\nname = "S"\naddress = "returns@shop.example"\n'
SERVERS = '[imap]\nhost = "127.0.0.1"\nusername = "u"\npassword = "x"\n[smtp]\nhost = "127.0.0.1"\n'


@pytest.mark.parametrize(
    "broken",
    [SHOP + SERVERS + '[database]\nurl = "sqlite:////nonexistent/folder/mailbot.db"\n', SHOP, "no toml at all"],
    ids=["a database that cannot be used", "no mail servers", "no configuration"],
)
def test_a_reload_that_cannot_work_leaves_the_old_desk_at_work(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text(SHOP + SERVERS)
    with Assembled(load(config)) as old:
        config.write_text(broken)
        assert _reloaded(old, config, load) is old
        config.write_text(SHOP + SERVERS)
        with _reloaded(old, config, load) as fresh:
            assert fresh is not old
