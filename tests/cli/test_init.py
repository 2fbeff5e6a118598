"""`mailbot init`: what a shop starts from, and that nothing of the shop's is ever overwritten."""

from pathlib import Path

from mailbot.letters.shipped import shipped_templates
from mailbot.settings import load
from tests.cli.conftest import ShopFolder


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_init_writes_configuration_samples_and_every_template(empty: ShopFolder) -> None:
    said = empty.call("init", "shop")
    assert said.code == 0
    shipped = files_in(Path(str(shipped_templates())))
    assert files_in(empty.path / "shop") == {
        "config.toml",
        "orders.csv",
        "catalog.csv",
        *(f"templates/{name}" for name in shipped if not name.endswith("~")),
    }


def test_what_init_writes_is_a_configuration_that_loads(empty: ShopFolder, monkeypatch: object) -> None:
    empty.call("init")
    path = empty.path / "config.toml"
    path.write_text(path.read_text().replace('password_env = "MAILBOT_PASSWORD"', 'password = "x"'))
    settings = load(path)
    assert settings.templates.path == empty.path / "templates" or settings.templates.path == Path("templates")
    assert settings.orders.path is not None
    assert settings.orders.path.name == "orders.csv"


def test_the_sample_files_and_letters_that_init_writes_are_good(empty: ShopFolder) -> None:
    empty.call("init")
    path = empty.path / "config.toml"
    path.write_text(
        path.read_text().replace('password_env = "MAILBOT_PASSWORD"', 'password = "x"').replace(".example", ".invalid")
    )
    told = {line["what"]: (line["grade"], line["says"]) for line in empty.call("check", "--json").objects}
    assert told["orders"] == ("ok", "4 orders")
    assert told["catalogue"] == ("ok", "4 products")
    assert told["templates"][0] == "ok"


def test_the_comments_of_the_example_are_kept(empty: ShopFolder) -> None:
    empty.call("init")
    example = (Path(__file__).parents[2] / "config.example.toml").read_text().splitlines()
    written = (empty.path / "config.toml").read_text().splitlines()
    differing = [(one, other) for one, other in zip(example, written, strict=True) if one != other]
    assert [other for _, other in differing] == ['path = "templates"']


def test_init_overwrites_nothing_and_names_what_it_left_alone(empty: ShopFolder) -> None:
    empty.write("config.toml", "mine")
    empty.write("templates/en/decline.md", "mine too")
    said = empty.call("init")
    assert said.code == 0
    assert (empty.path / "config.toml").read_text() == "mine"
    assert (empty.path / "templates/en/decline.md").read_text() == "mine too"
    assert (empty.path / "orders.csv").exists()
    left = [line.rpartition(": ")[2] for line in said.out.splitlines() if line.startswith("left alone")]
    assert left == ["config.toml", "templates/en/decline.md"]


def test_init_twice_changes_nothing(empty: ShopFolder) -> None:
    empty.call("init")
    before = {name: (empty.path / name).stat().st_mtime_ns for name in files_in(empty.path)}
    assert "wrote 0 files" in empty.call("init").out
    assert before == {name: (empty.path / name).stat().st_mtime_ns for name in files_in(empty.path)}


def test_a_file_in_the_folders_place_is_a_wrong_call(empty: ShopFolder) -> None:
    empty.write("shop", "")
    said = empty.call("init", "shop")
    assert said.code == 2
    assert said.err.startswith("shop: is a file")


def test_a_second_init_names_a_folder_once(empty: ShopFolder) -> None:
    empty.call("init")
    left = [line for line in empty.call("init").out.splitlines() if line.startswith("left alone")]
    assert len(left) == len({line.partition(" (")[0] for line in left}) < 10
    assert any("templates/en/ (" in line for line in left)
