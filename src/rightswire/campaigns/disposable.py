"""What is known of a mail domain: disposable, a relay, a provider for everybody. All else is some house's own."""

from enum import IntEnum

from disposable_email_domains import blocklist

# Relays hide the mailbox of a real person; the part before the @ is random there by design.
_RELAYS = """
privaterelay.appleid.com mozmail.com relay.firefox.com simplelogin.com simplelogin.co simplelogin.fr
simplelogin.io aleeas.com slmail.me slmails.com 8alias.com 8shield.net dralias.com silomails.com passmail.net
passmail.com passinbox.com passfwd.com anonaddy.com anonaddy.me addy.io addymail.com duck.com erine.email
33mail.com opayq.com cloak.id
"""
_PROVIDERS = """
gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com mac.com
aol.com gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de posteo.de posteo.net mailbox.org
proton.me protonmail.com pm.me tutanota.com tutanota.de tuta.io tuta.com riseup.net disroot.org systemli.org
orange.fr wanadoo.fr free.fr laposte.net sfr.fr bbox.fr neuf.fr numericable.fr hotmail.fr yahoo.fr outlook.fr
live.fr libero.it virgilio.it tin.it alice.it hotmail.it yahoo.it hotmail.es yahoo.es outlook.es telefonica.net
ziggo.nl kpnmail.nl xs4all.nl planet.nl hetnet.nl telenet.be skynet.be proximus.be hotmail.be bluewin.ch
hispeed.ch sunrise.ch btinternet.com sky.com virginmedia.com talktalk.net hotmail.co.uk yahoo.co.uk live.co.uk
outlook.de hotmail.de yahoo.de comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net
bell.net rogers.com shaw.ca telus.net sympatico.ca videotron.ca cogeco.ca yahoo.ca hotmail.ca live.ca qq.com
163.com 126.com naver.com daum.net hanmail.net mail.ru bk.ru list.ru inbox.ru yandex.ru yandex.com ya.ru
seznam.cz email.cz wp.pl o2.pl onet.pl interia.pl abv.bg ukr.net uol.com.br bol.com.br terra.com.br
yahoo.com.br hotmail.com.br yahoo.com.ar hotmail.com.ar yahoo.com.mx rediffmail.com yahoo.co.in yahoo.co.id
yahoo.co.jp docomo.ne.jp zoho.com mail.com fastmail.com fastmail.fm hey.com bigpond.com optusnet.com.au
iinet.net.au xtra.co.nz telia.com online.no bredband.net walla.co.il menara.ma topnet.tn planet.tn
"""
RELAYS, PROVIDERS = frozenset(_RELAYS.split()), frozenset(_PROVIDERS.split())


class MailDomain(IntEnum):
    """Kinds of mail domains, in the order in which the watch counts them."""

    PROVIDER = 0
    OWN = 1
    RELAY = 2
    DISPOSABLE = 3


def kind_of(domain: str) -> MailDomain:
    """The kind of a domain in lower case; one under a disposable domain is as disposable."""
    if domain in PROVIDERS:
        return MailDomain.PROVIDER
    if domain in RELAYS:
        return MailDomain.RELAY
    labels = domain.split(".")
    if any(".".join(labels[place:]) in blocklist for place in range(len(labels) - 1)):
        return MailDomain.DISPOSABLE
    return MailDomain.OWN
