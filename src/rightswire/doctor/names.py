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
    """The DNS does not answer, or not about this name."""


class Names:
    """Asks the machine's own resolver, or the one given."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver
        self._is_silent = False

    def ask(self, name: str, kind: str) -> list[str]:
        """The records of a name; none where there are none. Raises Silent, at once after it took too long before."""
        if self._is_silent:
            raise Silent
        try:
            resolver = self._resolver or dns.resolver.Resolver()
            answer = resolver.resolve(name, kind, lifetime=PATIENCE, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.Timeout, dns.resolver.NoResolverConfiguration, OSError):
            self._is_silent = True
            raise Silent from None
        except dns.exception.DNSException:  # this name alone: its servers are out of order, or it is none
            raise Silent from None
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        return [record.to_text() for record in answer]


def about_sender(names: Names, domain: str, signer: Signer | None) -> Iterator[Finding]:
    """The records of the domain of the organisation's address."""
    yield about_spf(names, domain)
    yield _asked("DKIM", lambda names, domain: _dkim(names, domain, signer), names, domain)
    yield _asked("DMARC", _dmarc, names, domain)


def about_host(names: Names, host: str) -> Finding:
    return _asked("Reverse name", _reverse, names, host)


def about_returns(names: Names, domain: str) -> Finding:
    return _asked("Where mail comes back", _returns, names, domain)


def about_spf(names: Names, domain: str) -> Finding:
    """Servers that take mail ask this of the domain that mail comes back to."""
    return _asked("SPF", _spf, names, domain)


def _asked(about: str, check: Callable[[Names, str], Finding], names: Names, name: str) -> Finding:
    try:
        return check(names, name)
    except Silent:
        return unknown(about, f"The DNS could not be asked about {name}.", "Ask again where the DNS can be reached.")


def _spf(names: Names, domain: str) -> Finding:
    found = [text for text in names.ask(domain, "TXT") if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]
    if not found:
        return wrong(
            "SPF",
            f"{domain} does not say which servers may send for it.",
            f"Add a TXT record to {domain}, such as “v=spf1 include:your-provider.example -all”.",
        )
    if len(found) > 1:
        return wrong("SPF", f"{domain} has {len(found)} SPF records, so none counts.", "Make them one.")
    terms = found[0].lower().split()[1:]
    if terms in (["-all"], ["~all"]):
        return wrong("SPF", f"{domain} says that no server may send for it.", "Name your mail server before the -all.")
    if not {"-all", "~all"} & {*terms} and not any(term.startswith("redirect=") for term in terms):
        return advice("SPF", f"{domain} lets any server send for it.", "Let the record end with -all or ~all.")
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
    """Its own record, or else that of a domain above it (RFC 7489, section 6.6.3)."""
    labels = domain.split(".")
    for above in range(max(len(labels) - 1, 1)):
        at = ".".join(labels[above:])
        found = [text for text in names.ask(f"_dmarc.{at}", "TXT") if text.startswith("v=DMARC1")]
        if len(found) > 1:
            return wrong("DMARC", f"{at} has {len(found)} DMARC records, so none counts.", "Make them one.")
        if found:
            return _policy(found[0], is_from_above=bool(above))
    return wrong("DMARC", f"{domain} has no DMARC record.", f"Add to _dmarc.{domain}: “v=DMARC1; p=none”.")


def _policy(record: str, *, is_from_above: bool) -> Finding:
    tags = {name.strip().lower(): value.strip().lower() for name, _, value in map(_split, record.split(";"))}
    policy = (tags.get("sp") if is_from_above else None) or tags.get("p")
    if policy in ("quarantine", "reject"):
        return good("DMARC", "Forged mail is refused or set aside.")
    if policy == "none":
        return advice("DMARC", "It is only watched.", "When all your mail passes, go on to p=quarantine.")
    return wrong("DMARC", "The record says no policy that counts.", "Let it hold p=none, p=quarantine or p=reject.")


def _split(tag: str) -> tuple[str, str, str]:
    return tag.partition("=")


def _reverse(names: Names, host: str) -> Finding:
    """Servers that take mail ask for a name that leads back to the address."""
    addresses = names.ask(host, "A") + names.ask(host, "AAAA")
    if not addresses:
        return advice("Reverse name", f"{host} has no address in the DNS.", "Nothing, if your provider sends the mail.")
    for address in addresses:
        back = [name.rstrip(".") for name in names.ask(str(dns.reversename.from_address(address)), "PTR")]
        kind = "AAAA" if ":" in address else "A"
        if not any(address in names.ask(name, kind) for name in back):
            trouble = "has a name that does not lead back to it" if back else "has no name"
            return advice(
                "Reverse name",
                f"{address} {trouble}, so other servers mistrust mail from it.",
                "Ask your host to mend it. Nothing, if your provider sends the mail.",
            )
    return good("Reverse name", f"The address of {host} has a name, which leads back to it.")


def _returns(names: Names, domain: str) -> Finding:
    if names.ask(domain, "MX") or names.ask(domain, "A"):
        return good("Where mail comes back", f"{domain} takes mail.")
    return wrong("Where mail comes back", f"{domain} takes no mail.", f"Add an MX record to {domain}.")
