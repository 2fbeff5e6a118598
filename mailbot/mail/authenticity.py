"""What our own mail server found out about a mail's sender (RFC 8601): its Authentication-Results, nobody else's."""

import re
from collections.abc import Iterable
from typing import Literal

import authres

from mailbot.mail.addresses import domain_of
from mailbot.mail.inbound import AuthenticationResult, AuthenticationResults, InboundMail

_METHOD = re.compile(r"^\s*([A-Za-z][A-Za-z0-9_-]{0,40})\s*(?:/\s*\d+\s*)?=\s*([A-Za-z]{1,40})\s*")
_PROPERTY = re.compile(
    r'([A-Za-z][A-Za-z0-9-]{0,40})\s*\.\s*([A-Za-z][A-Za-z0-9_-]{0,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))'
)
_MAX_RESULTS = 50


def topmost(values: Iterable[str], own_authserv_id: str) -> AuthenticationResults | None:
    """The topmost Authentication-Results whose authserv-id is ours; where there is none, the topmost, for showing only.

    `values` are unfolded and in the order of the message. A header further down was there before the mail reached us,
    and its sender wrote it (ATTACKS A24).
    """
    first: AuthenticationResults | None = None
    for value in values:
        read = read_results(value)
        if own_authserv_id and same_authserv_id(read.authserv_id, own_authserv_id):
            return read
        first = first or read
    return first


def same_authserv_id(one: str, other: str) -> bool:
    """RFC 8601 section 2.5: compared as a domain name, so without regard to case; an empty one is nobody's."""
    return bool(one) and one.strip().rstrip(".").lower() == other.strip().rstrip(".").lower()


def read_results(value: str) -> AuthenticationResults:
    """Read one header's value: by authres where it conforms to RFC 8601, leniently where it does not. Never raises."""
    try:
        header = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value}")
    except Exception:  # authres raises many kinds: on a missing authserv-id (Microsoft 365), on unknown properties
        return _read_leniently(value)
    return AuthenticationResults(
        authserv_id=str(header.authserv_id or ""),
        results=tuple(
            AuthenticationResult(
                method=str(each.method).lower(),
                result=str(each.result).lower(),
                properties=tuple(
                    (f"{prop.type}.{prop.name}".lower(), str(prop.value)) for prop in getattr(each, "properties", ())
                ),
            )
            for each in list(header.results)[:_MAX_RESULTS]
            if getattr(each, "method", None)
        ),
    )


def _read_leniently(value: str) -> AuthenticationResults:
    sections = _sections(value)
    authserv_id = ""
    if sections and not _METHOD.match(sections[0]):
        words = sections.pop(0).split()
        authserv_id = words[0].strip('"') if words else ""
    results: list[AuthenticationResult] = []
    for section in sections[:_MAX_RESULTS]:
        if method := _METHOD.match(section):
            properties = tuple(
                (f"{ptype}.{name}".lower(), quoted or bare)
                for ptype, name, quoted, bare in _PROPERTY.findall(section, method.end())
            )
            results.append(
                AuthenticationResult(
                    method=method.group(1).lower(), result=method.group(2).lower(), properties=properties
                )
            )
    return AuthenticationResults(authserv_id=authserv_id, results=tuple(results))


def _sections(value: str) -> list[str]:
    """The parts between semicolons, comments taken out; a semicolon or bracket inside quotes is text."""
    sections: list[list[str]] = [[]]
    quoted = False
    depth = 0
    escaped = False
    for char in value:
        if escaped:
            escaped = False
            if not depth:
                sections[-1].append(char)
            continue
        if char == "\\" and (quoted or depth):
            escaped = True
            if not depth:
                sections[-1].append(char)
        elif depth:
            depth += (char == "(") - (char == ")")
        elif char == '"':
            quoted = not quoted
            sections[-1].append(char)
        elif quoted:
            sections[-1].append(char)
        elif char == "(":
            depth = 1
            sections[-1].append(" ")
        elif char == ";":
            sections.append([])
        else:
            sections[-1].append(char)
    return ["".join(section) for section in sections]


def dmarc_of(mail: InboundMail, own_authserv_id: str, domain: str) -> Literal["pass", "fail", "none"]:
    """Whether our own server says dmarc=pass for `domain` (the From domain); "none" where it says nothing that counts.

    A pass counts only with header.from equal to `domain` (RFC 8601 section 2.7.1 and RFC 7489): a server that names
    another domain has tested another header. Where results disagree, none of them passes.
    """
    return dmarc_in(mail.authentication, own_authserv_id, domain)


def dmarc_in(
    authentication: AuthenticationResults | None, own_authserv_id: str, domain: str
) -> Literal["pass", "fail", "none"]:
    """As dmarc_of, on the results themselves."""
    if authentication is None or not same_authserv_id(authentication.authserv_id, own_authserv_id):
        return "none"
    found = [each for each in authentication.results if each.method == "dmarc"]
    if any(each.result == "fail" for each in found):
        return "fail"
    wanted = domain_of(f"@{domain}")
    if found and wanted and all(each.result == "pass" and _header_from(each) == wanted for each in found):
        return "pass"
    return "none"


def _header_from(result: AuthenticationResult) -> str:
    values = {domain_of(f"@{value}") for name, value in result.properties if name == "header.from"}
    # Two different header.from in one result: nobody knows which of them was tested.
    return values.pop() if len(values) == 1 else ""
