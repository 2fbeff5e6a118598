#!/bin/sh
# Makes .venv from the two lock files and puts mailbot into it (editable): `make setup`, and whatever needs it.
# PYTHON=/path/to/python picks the interpreter; otherwise the newest one on PATH that fits.
set -eu
cd "$(dirname "$0")/.."
venv=.venv

say() { printf '==> %s\n' "$*"; }
stop() { printf '\n*** %s\n' "$@" >&2; exit 1; }

# A name on PATH may be a pyenv shim that answers only for some versions, so each candidate is run, not just looked up.
is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" || stop "PYTHON=$PYTHON does not run, or is older than Python 3.11."
        printf '%s\n' "$PYTHON"
        return
    fi
    for candidate in python3.11 python3.12 python3.13 python3.14 python3; do
        if is_new_enough "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || echo "no python3 at all")
    stop "mailbot needs Python 3.11 or newer; on PATH is $found." \
         "On Debian 12 or newer:  apt-get install python3.11 python3.11-venv   (or: python3 python3-venv)"
}

if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.prefix == sys.base_prefix)' >/dev/null 2>&1; then
    python=$(find_python)
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    # Debian splits ensurepip off: `import venv` works without it, and the environment would come without pip.
    "$python" -c 'import venv, ensurepip' >/dev/null 2>&1 ||
        stop "Python $version is here, but its venv module is not complete (no ensurepip)." \
             "On Debian:  apt-get install python$version-venv"
    say "Making $venv with Python $("$python" -c 'import platform; print(platform.python_version())')"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
pip="$venv/bin/python -m pip --require-virtualenv"

say "Installing the locked packages (a minute or two the first time)"
# First what builds, so that the packages published as source only are built with locked tools: no build isolation.
$pip install --progress-bar off --require-hashes -r requirements-build.lock
$pip install --progress-bar off --require-hashes --no-build-isolation -r requirements.lock
say "Installing mailbot itself"
$pip install --quiet --no-deps --no-build-isolation --editable .
touch "$venv/.installed"
say "$venv is ready"
