#!/bin/sh
# Installs Dovecot, which the tests of the mailbox run against, from Debian's packages. `make test` calls this.
#
# It installs only as root on a Debian-like system and only what is missing, it starts no system service (a policy-rc.d
# forbids that while it works, invoke-rc.d(8)), and what it installed does not start at the next boot either: the tests
# start a Dovecot of their own on a free port. MAILBOT_INSTALL_SERVERS=0 forbids the installation.
# It never fails: whether missing servers are an error is for the tests to say (MAILBOT_REQUIRE_SERVERS=1).
set -u
PATH=$PATH:/usr/sbin:/sbin
export PATH

say() { printf '==> %s\n' "$*"; }

policy=/usr/sbin/policy-rc.d
kept=/usr/sbin/policy-rc.d.kept-by-mailbot
mark='# Written by mailbot for the moment of one installation.'

put_back_policy() {
    # Only ever our own file is removed; one that was there before comes back.
    if [ -e "$kept" ] || [ -L "$kept" ]; then
        mv -f "$kept" "$policy"
    elif [ -f "$policy" ] && grep -qxF "$mark" "$policy"; then
        rm -f "$policy"
    fi
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # One at a time. apt-get inherits the lock, so that it is held as long as an installation goes on, even where the
    # script that began it was killed; what such a one left lying is mended here.
    exec 9>/run/mailbot-install-servers.lock
    flock 9
    put_back_policy
fi

if command -v dovecot >/dev/null 2>&1 && command -v doveadm >/dev/null 2>&1 &&
    { [ -x /usr/lib/dovecot/imap ] || [ -x /usr/libexec/dovecot/imap ]; }; then
    exit 0
fi
without="the tests that need it are skipped"
[ "${MAILBOT_REQUIRE_SERVERS:-0}" = 1 ] && without="the tests that need it fail (MAILBOT_REQUIRE_SERVERS=1)"
if [ "${MAILBOT_INSTALL_SERVERS:-1}" = 0 ]; then
    say "Dovecot is missing, and MAILBOT_INSTALL_SERVERS=0 forbids installing it: $without."
    exit 0
fi
if [ "$(id -u)" != 0 ]; then
    say "Dovecot is missing: $without. To install it:  apt-get install dovecot-imapd"
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    say "Dovecot is missing and this is no Debian: $without. Install Dovecot with its IMAP server by hand to run them."
    exit 0
fi

trap put_back_policy EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -e "$policy" ] || [ -L "$policy" ]; then
    mv "$policy" "$kept"
fi
printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
chmod 755 "$policy"

install_dovecot() {
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold dovecot-imapd </dev/null
}

say "Installing Dovecot (Debian's dovecot-imapd) for the tests; no system service is started."
if ! install_dovecot; then
    say "The package lists may be missing or old: apt-get update, then once more."
    apt-get update --quiet -o DPkg::Lock::Timeout=300 </dev/null
    if ! install_dovecot; then
        say "Dovecot could not be installed (apt-get's messages are above): $without."
        exit 0
    fi
fi
if command -v update-rc.d >/dev/null 2>&1; then
    update-rc.d dovecot disable >/dev/null 2>&1
fi
say "Dovecot is installed; nothing was started."
exit 0
