"""E-mail addresses: whether one can be written to, and the form in which a person's mailbox is one. No Django in here.

Two spellings become one only where their provider says that they are one mailbox, or where its names cannot hold the
sign that is taken away: an honest signer must never be taken for somebody else. Elsewhere a plus stays.
"""

import re
import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

LONGEST = 1000  # characters of what is worth a closer look
# Direction marks, zero-width spaces and the byte order mark, which come along when an address is pasted.
_AROUND = (
    " \t\r\n\v\f\u00a0\u202f\u3000\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)


class AddressError(Exception):
    """`code`: empty, too_long, no_at (there is no @), domain (what follows the @ is wrong), name (what precedes it)."""

    def __init__(self, code: str) -> None:
        super().__init__(f"This is not an e-mail address ({code}).")
        self.code = code


def read_address(text: str) -> str:
    """The address as it is written to: its domain in small letters of its own script, no needless quotes.

    Nothing is looked up. Raises AddressError, which never holds the address.
    """
    if len(text) > LONGEST:
        raise AddressError("too_long")
    address = text.strip(_AROUND)
    if not address:
        raise AddressError("empty")
    _, at, domain = address.rpartition("@")
    if not at:
        raise AddressError("no_at")
    normalized = _validated(address)
    if normalized is None:
        raise AddressError("name" if _validated(f"name@{domain}") else "domain")
    return normalized


def _validated(address: str) -> str | None:
    try:
        return validate_email(
            address,
            check_deliverability=False,
            allow_quoted_local=True,
            strict=True,  # no more than 64 characters before the @: no mail server takes more
            test_environment=True,  # the domain `test` reaches nobody, and lets an installation be tried out
        ).normalized
    except (EmailNotValidError, UnicodeError):
        return None


@dataclass(frozen=True, slots=True)
class _Provider:
    """How a mail provider reads the names of its mailboxes.

    `domains` name the same mailboxes if they are `one`. What follows one of `tags` in a name makes no difference.
    `alike` maps signs to what they are the same as, or to nothing. `subdomains`: x@name.domain is name@domain.
    """

    domains: str
    one: bool = False
    tags: str = "+"
    alike: tuple[str, str, str] = ("", "", "")
    subdomains: bool = False


def _under(name: str, endings: str) -> str:
    return " ".join(f"{name}.{ending}" for ending in endings.split())


_PROVIDERS = (
    # support.google.com/mail/answer/7436150 and 10313; googlemail.com was its name in Germany and Britain
    _Provider("gmail.com googlemail.com", one=True, alike=("", "", ".")),
    # learn.microsoft.com/exchange/recipients-in-exchange-online/plus-addressing-in-exchange-online; Outlook.com
    # does it since 2013. Each domain has mailboxes of its own.
    _Provider(
        "msn.com windowslive.com "
        + _under(
            "outlook",
            "com at be cl co.id co.il co.nz co.th com.ar com.au com.br com.gr com.pe com.tr com.vn cz de dk es "
            "fr hu ie in it jp kr lv my ph pt sa sg sk",
        )
        + " "
        + _under(
            "hotmail",
            "com be ca ch cl co co.id co.il co.in co.jp co.kr co.nz co.th co.uk co.za com.ar com.au com.br "
            "com.hk com.tr com.tw com.vn cz de dk es fi fr gr hu it lt lv my nl no ph rs ru se sg sk",
        )
        + " "
        + _under(
            "live",
            "com at be ca cl cn co.in co.jp co.kr co.uk co.za com.ar com.au com.mx com.my com.pe com.ph com.pk "
            "com.pt com.sg com.ve de dk fi fr hk ie in it jp nl no ru se",
        )
    ),
    # help.yahoo.com/kb/SLN28815.html: name-keyword. A Yahoo name holds letters, digits, dots and underscores only.
    _Provider(
        "ymail.com rocketmail.com myyahoo.com "
        + _under(
            "yahoo",
            "com ae at be ca ch co.id co.il co.in co.kr co.nz co.th co.uk co.za com.ar com.au com.br com.co "
            "com.hk com.mx com.my com.ph com.sg com.tr com.tw com.vn cz de dk es fi fr gr hu ie in it nl no pl "
            "pt ro ru se",
        ),
        tags="-+",
    ),
    # www.fastmail.help/hc/en-us/articles/360060591053: plus and subdomains, for all of Fastmail's domains
    _Provider(
        "123mail.org 150mail.com 16mail.com airpost.net allmail.net cluemail.com elitemail.org emailcorner.net eml.cc "
        "f-m.fm fast-email.com fast-mail.org fastem.com fastest.cc fastimap.com fastmailbox.net fastmessaging.com "
        "fea.st fmail.co.uk fmailbox.com ftml.net h-mail.us hailmail.net imap-mail.com imap.cc imapmail.org "
        "inoutbox.com internet-mail.org jetemail.net justemail.net letterboxes.org mailbolt.com mailc.net mailcan.com "
        "mailforce.net mailhaven.com mailite.com mailmight.com mailnew.com mailsent.net mailup.net ml1.net mm.st "
        "myfastmail.com mymacmail.com nospammail.net ownmail.net petml.com postinbox.com postpro.net proinbox.com "
        "promessage.com realemail.net reallyfast.biz reallyfast.info rushpost.com sent.as sent.at sent.com "
        "speedpost.net ssl-mail.com swift-mail.com the-fastest.net the-quickest.com theinternetemail.com veryfast.biz "
        "veryspeedy.net warpmail.net xsmail.com yepmail.net your-mail.com "
        + _under("fastmail", "com cn co.uk com.au de es fm fr im in jp mx net nl org se to tw uk us"),
        subdomains=True,
    ),
    # support.apple.com/118230: one account's addresses at the three domains; plus as its users have found
    _Provider("icloud.com me.com mac.com", one=True),
    # proton.me/support/addresses-and-aliases; signs that make no difference: Proton's own clients
    # (github.com/ProtonMail/WebClients, packages/shared/lib/helpers/email.ts). A name is one person's at all domains.
    _Provider("proton.me protonmail.com protonmail.ch pm.me", one=True, alike=("", "", "._-")),
    # yandex.com/support/passport/authorization/registration.html (dot and hyphen are the same),
    # yandex.com/support/id/authorization/email.html (a name is one person's at all domains)
    _Provider(
        "ya.ru narod.ru "
        + _under("yandex", "ru com by kz ua az co.il com.am com.ge com.tr ee fi fr kg lt lv md pl tj tm uz"),
        one=True,
        alike=(".", "-", ""),
    ),
    # help.mail.ru/mail-help/registration/name: a name holds no plus. Each domain has mailboxes of its own.
    _Provider("mail.ru internet.ru bk.ru inbox.ru list.ru"),
    # Zoho's names hold no plus either (github.com/gmr/email-normalize, providers.py)
    _Provider(_under("zoho", "com eu in") + " " + _under("zohomail", "com eu in")),
    # Plus, by general knowledge: not confirmed at each provider
    _Provider("posteo.de posteo.net posteo.org mailbox.org riseup.net mailfence.com runbox.com hey.com"),
)
_BY_DOMAIN = {domain: provider for provider in _PROVIDERS for domain in provider.domains.split()}


def canonical(address: str) -> str:
    """The form under which one mailbox is one, of an address that `read_address` gave. Nobody writes to it.

    No provider is known to tell capital from small letters in names, though the standard would let it.
    """
    name, _, domain = address.rpartition("@")
    name, domain = _folded(name), _folded(domain)
    if name.startswith('"'):
        return f"{name}@{domain}"
    provider = _BY_DOMAIN.get(domain)
    if provider is None:
        owner, _, rest = domain.partition(".")
        provider = _BY_DOMAIN.get(rest)
        if provider is None or not provider.subdomains:
            return f"{name}@{domain}"
        name, domain = owner, rest
    if provider.one:
        domain = provider.domains.split()[0]
    name = re.split(f"[{provider.tags}]", name, maxsplit=1)[0] or name
    return f"{name.translate(str.maketrans(*provider.alike)) or name}@{domain}"


def _folded(text: str) -> str:
    """Without case, in NFC (the Unicode Standard, D145: canonical caseless matching)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
