"""What the invented people and machines of a replay are made of: names, mail domains, browsers, comments."""

import random
import unicodedata

_FIRST = """
Amina Sophie Marc Julien Camille Léa Hugo Élodie Thomas Claire Antoine Manon Nicolas Chloé Étienne Margaux Olivier
Nadia Karim Yasmine Omar Salma Rachid Leïla Mehdi Imane Hassan Samira Anna Lukas Jonas Lena Felix Mia Paul Emma
Maximilian Johanna Sven Ingrid Lars Astrid Björn Freya Jane John Michael Sarah David Emily James Olivia Daniel
Hannah Matthew Grace Andrew Megan Ryan Laura Kevin Rebecca Brian Nicole Maria José Carmen Luis Ana Carlos Lucía
Javier Elena Miguel Rosa Pedro Inés Giulia Marco Chiara Alessandro Francesca Matteo Wei Mei Hiroshi Yuki Priya Arjun
Fatima Aisha Ibrahim Kwame Ama Chidi Ngozi Thandi Sipho Zofia Piotr Katarzyna Jan Milan Tereza Anja Marko Noah Liam
Isla Rory Niamh Siobhán Rhys Bronwyn Tâm Minh Linh Joaquín Beatriz Tiago Mariana Gabriela Rafael
"""
FIRST = _FIRST.split()
_LAST = """
Tremblay Gagnon Roy Côté Bouchard Gauthier Morin Lavoie Fortin Gagné Ouellet Pelletier Bélanger Lévesque Bergeron
Martin Bernard Dubois Moreau Laurent Lefebvre Garnier Faure Rousseau Benali Haddad Mansour Khoury Saidi Bensaïd
Cherif Trabelsi Alaoui Berrada Müller Schneider Fischer Weber Wagner Becker Hoffmann Schäfer Koch Bauer Klein Smith
Jones Taylor Brown Wilson Evans Thomas Johnson Walker Wright Robinson Thompson White Hughes Edwards Green Hall Wood
Harris Clarke MacDonald Campbell Stewart Fraser Ross O'Brien Murphy Kelly Byrne Ryan García Fernández González
Rodríguez López Martínez Sánchez Pérez Gómez Ruiz Díaz Moreno Rossi Russo Ferrari Esposito Bianchi Romano Colombo
Ricci Andersen Nielsen Hansen Johansson Karlsson Nilsson Virtanen Novák Svoboda Kowalski Nowak Wiśniewska Horvat
Popović Nguyen Tran Pham Chen Wang Zhang Tanaka Sato Suzuki Kim Park Singh Patel Sharma Khan Okafor Mensah Diallo
Traoré Ndiaye Dlamini Nkosi Silva Santos Oliveira Pereira Costa Almeida Van-Dijk De-Vries
"""
LAST = _LAST.split()
ARABIC_FIRST = ("محمد", "فاطمة", "أحمد", "مريم", "يوسف", "سارة", "علي", "ليلى", "خالد", "نور", "سامي", "هدى")
ARABIC_LAST = ("الخوري", "حداد", "منصور", "بن علي", "العلوي", "درويش", "الشامي", "قاسم", "المصري", "سعيد")
ARABIC_LATIN = ("mohamed", "fatima", "ahmed", "mariam", "youssef", "sara", "ali", "layla", "khaled", "nour")
_NICKNAMES = """
sunflower bluesky oldoak redfox kayak montreal mapleleaf biker gardener tigger blackcat moonlight pianoman teacher
hockeyfan jazzlover oma papillon soleil lechat bouquiniste voyageur etoile sternchen wanderer bergfreund luna
chocolat cyclist bookworm runner nightowl snowdrop coffee lamaison nomade dancer sailor
"""
NICKNAMES = _NICKNAMES.split()

BIG = (
    ("gmail.com", 44),
    ("outlook.com", 7),
    ("hotmail.com", 10),
    ("yahoo.com", 8),
    ("icloud.com", 7),
    ("yahoo.fr", 3),
    ("orange.fr", 3),
    ("gmx.de", 3),
    ("web.de", 2),
    ("free.fr", 2),
    ("laposte.net", 2),
    ("proton.me", 3),
    ("protonmail.com", 2),
    ("hotmail.fr", 2),
    ("videotron.ca", 1),
    ("sympatico.ca", 1),
)
RELAYS = ("privaterelay.appleid.com", "mozmail.com", "simplelogin.com", "aleeas.com", "slmail.me")
PRIVACY = (
    ("proton.me", 8),
    ("riseup.net", 4),
    ("tutanota.com", 4),
    ("gmail.com", 5),
    ("mailbox.org", 2),
    ("gmx.de", 2),
)
DISPOSABLE = ("mailinator.com", "yopmail.com", "guerrillamail.com", "0-mail.com", "trashmail.com", "sharklasers.com")
COUNTRIES = (
    ("CA", 40),
    ("US", 14),
    ("FR", 15),
    ("GB", 8),
    ("DE", 6),
    ("MA", 4),
    ("TN", 3),
    ("LB", 3),
    ("BE", 3),
    ("CH", 2),
    ("ES", 2),
)
COMMENTS = (
    "My grandmother was a prisoner too. Please listen.",
    "Nobody should be jailed for words.",
    "Courage !",
    "I teach history and I know where this ends.",
    "Please act now.",
    "Liberté !",
    "As an engineer I am ashamed.",
    "We are watching.",
    "Pour mes enfants.",
    "Shame on you",
    "Bitte hören Sie auf Ihre Leute.",
    "Do the right thing",
    "I have used your products for fifteen years and will stop.",
    "Solidarity from a small village in the Jura.",
)
TOR = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"

_SPOKEN = """
ba be bi bo da de di do fa fi ga go ka ke ki ko la le li lo ma mi mo na ne no pa po ra re ri ro sa so ta to va vi za zo
"""
_SYLLABLES = _SPOKEN.split()


def weighted(chance: random.Random, pairs: tuple[tuple[str, int], ...]) -> str:
    """One of the words, as often as its weight says."""
    place = chance.random() * sum(weight for _, weight in pairs)
    for word, weight in pairs:
        place -= weight
        if place < 0:
            return word
    return pairs[-1][0]


def plain(word: str) -> str:
    """A name as it stands in a mail address."""
    letters = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in letters if letter.isalnum())


def digits(chance: random.Random, count: int) -> str:
    return "".join(str(chance.randrange(10)) for _ in range(count))


def jumble(chance: random.Random, length: int, letters: str = "abcdefghijklmnopqrstuvwxyz0123456789") -> str:
    return "".join(chance.choice(letters) for _ in range(length))


def pronounceable(chance: random.Random) -> str:
    return "".join(chance.choice(_SYLLABLES) for _ in range(chance.randrange(3, 6)))


def local_part(chance: random.Random, first: str, last: str) -> str:
    """The ways in which people write themselves, in their proportions."""
    first, last = plain(first), plain(last)
    nick = chance.choice(NICKNAMES)
    short = digits(chance, chance.choice((1, 2, 2, 2, 3, 4)))
    ways = (
        (f"{first}.{last}", 18),
        (f"{first}{last}", 12),
        (f"{first[0]}{last}", 9),
        (f"{first}.{last}{short}", 10),
        (f"{first}{last}{short}", 8),
        (f"{first}{short}", 9),
        (f"{nick}{short}", 11),
        (nick, 3),
        (f"{last}.{first}", 4),
        (f"{first}_{last}", 4),
        (f"{first[0]}{last[0]}{short}", 3),
        (f"{last}{short}", 4),
        (first, 1),
        (jumble(chance, chance.randrange(6, 11)), 1),
        (f"{first}+{nick}", 1),
        (f"{nick}.{chance.choice(NICKNAMES)}", 2),
    )
    return weighted(chance, ways)


def mobile(chance: random.Random) -> str:
    if chance.random() < 0.5:
        version = f"{chance.choice((16, 17, 17, 18, 18))}_{chance.randrange(0, 7)}"
        return (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS {version} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            f"Version/{version.replace('_', '.')} Mobile/15E148 Safari/604.1"
        )
    return (
        f"Mozilla/5.0 (Linux; Android {chance.choice((10, 11, 12, 13, 14, 15))}; K) AppleWebKit/537.36 "
        f"(KHTML, like Gecko) Chrome/{chance.randrange(112, 132)}.0.0.0 Mobile Safari/537.36"
    )


def desktop(chance: random.Random) -> str:
    system = chance.choice(
        (
            "Windows NT 10.0; Win64; x64",
            "Windows NT 10.0; Win64; x64",
            "Macintosh; Intel Mac OS X 10_15_7",
            "X11; Linux x86_64",
        )
    )
    kind = chance.random()
    if kind < 0.2:
        version = f"{chance.randrange(115, 134)}.0"
        return f"Mozilla/5.0 ({system}; rv:{version}) Gecko/20100101 Firefox/{version}"
    if kind < 0.35:
        return (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            f"Version/{chance.randrange(15, 19)}.{chance.randrange(0, 6)} Safari/605.1.15"
        )
    edge = " Edg/{0}.0.0.0" if chance.random() < 0.25 else ""
    version = chance.randrange(116, 132)
    return (
        f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
        + edge.format(version)
    )


def browser(chance: random.Random) -> str:
    return mobile(chance) if chance.random() < 0.58 else desktop(chance)
