"""What the DNS says of the domain that mail comes from: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489), names."""

import re
from collections.abc import Callable, Iterator

import dns.exception
import dns.resolver
import dns.reversename

from rightswire.doctor.finding import Finding, advice, good, unknown, wrong
from rightswire.outbox.dkim import Signer

PATIENCE = 3.0  # seconds for an answer


class Silent(Exception):
    """The DNS does not answer."""


class Names:
    """Asks the machine's own resolver, or the one given."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver
        self._is_silent = False

    def ask(self, name: str, kind: str) -> list[str]:
        """The records of a name; none where there are none. Raises Silent, at once after the first time."""
        if self._is_silent:
            raise Silent
        try:
            resolver = self._resolver or dns.resolver.Resolver()
            answer = resolver.resolve(name, kind, lifetime=PATIENCE, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError):
            self._is_silent = True
            raise Silent from None
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        return [record.to_text() for record in answer]


def about_sender(names: Names, domain: str, signer: Signer | None) -> Iterator[Finding]:
    """The records of the domain of the organisation's address."""
    yield _asked("SPF", _spf, names, domain)
    yield _asked("DKIM", lambda names, domain: _dkim(names, domain, signer), names, domain)
    yield _asked("DMARC", _dmarc, names, domain)


def about_host(names: Names, host: str) -> Finding:
    return _asked("Reverse name", _reverse, names, host)


def about_returns(names: Names, domain: str) -> Finding:
    return _asked("Where mail comes back", _returns, names, domain)


def _asked(about: str, check: Callable[[Names, str], Finding], names: Names, name: str) -> Finding:
    try:
        return check(names, name)
    except Silent:
        return unknown(about, f"The DNS could not be asked about {name}.")


def _spf(names: Names, domain: str) -> Finding:
    found = [text for text in names.ask(domain, "TXT") if text.lower().startswith("v=spf1")]
    if not found:
        return wrong(
            "SPF",
            f"{domain} does not say which servers may send for it.",
            f"Add a TXT record to {domain}, such as “v=spf1 include:your-provider.example -all”.",
        )
    if len(found) > 1:
        return wrong("SPF", f"{domain} has {len(found)} SPF records, so none counts.", "Make them one.")
    if not re.search(r"[-~]all\b", found[0]):
        return advice("SPF", "It lets any server send for you.", "Let the record end with -all or ~all.")
    return good("SPF", f"{domain} says which servers may send for it.")


def _dkim(names: Names, domain: str, signer: Signer | None) -> Finding:
    if signer is None:
        return advice(
            "DKIM",
            "We do not sign mail.",
            "If your mail provider does not sign it either: `rightswire make_dkim_key` makes a key and its record.",
        )
    wanted = re.search(r"p=([A-Za-z0-9+/=]+)", signer.dns_record(domain).replace('" "', ""))
    found = " ".join(names.ask(f"{signer.selector}._domainkey.{domain}", "TXT"))
    if not found:
        return wrong(
            "DKIM",
            f"The record {signer.selector}._domainkey.{domain} is missing, so no server can check our signature.",
            f"Add the line that `rightswire make_dkim_key {domain}` prints.",
        )
    if not wanted or wanted[1] not in found.replace(" ", ""):
        return wrong("DKIM", "The record holds another key than keys/dkim.pem.", "Put the printed line in its place.")
    return good("DKIM", "The signature can be checked.")


def _dmarc(names: Names, domain: str) -> Finding:
    found = [text for text in names.ask(f"_dmarc.{domain}", "TXT") if text.startswith("v=DMARC1")]
    if not found:
        return wrong("DMARC", f"{domain} has no DMARC record.", f"Add to _dmarc.{domain}: “v=DMARC1; p=none”.")
    if re.search(r"\bp=none\b", found[0]):
        return advice("DMARC", "It is only watched.", "When all your mail passes, go on to p=quarantine.")
    return good("DMARC", "Forged mail is refused or set aside.")


def _reverse(names: Names, host: str) -> Finding:
    addresses = names.ask(host, "A") + names.ask(host, "AAAA")
    if not addresses:
        return advice("Reverse name", f"{host} has no address in the DNS.", "Nothing, if your provider sends the mail.")
    for address in addresses:
        back = [name.rstrip(".") for name in names.ask(str(dns.reversename.from_address(address)), "PTR")]
        if not back:
            return advice(
                "Reverse name",
                f"{address} has no name, so other servers mistrust mail from it.",
                "Ask your host for one. Nothing, if your provider sends the mail.",
            )
    return good("Reverse name", f"The address of {host} has a name.")


def _returns(names: Names, domain: str) -> Finding:
    if names.ask(domain, "MX") or names.ask(domain, "A"):
        return good("Where mail comes back", f"{domain} takes mail.")
    return wrong("Where mail comes back", f"{domain} takes no mail.", f"Add an MX record to {domain}.")
