"""`python -m mailbot`: the same program as the installed `mailbot`."""

from mailbot.cli import main

if __name__ == "__main__":
    main()
