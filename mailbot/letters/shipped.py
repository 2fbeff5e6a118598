"""Where the templates lie that mailbot brings along."""

from importlib import resources
from importlib.resources.abc import Traversable

__all__ = ["shipped_templates"]


def shipped_templates() -> Traversable:
    """The folder of the shipped templates: one folder a language, one file a letter in it.

    An installed mailbot carries them inside the package (`_templates`, put there by the wheel); in a checkout they are
    the top-level folder `templates/`.

    Raises FileNotFoundError where neither is there: the installation is damaged.
    """
    package = resources.files("mailbot")
    # The installed place first: beside an installed package, a folder named "templates" would be somebody else's.
    for folder in (package.joinpath("_templates"), package.joinpath("..", "templates")):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the templates that mailbot ships are missing from its installation ({package})")
