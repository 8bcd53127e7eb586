"""Numbers and what they are of, in English: for commands and the admin. Public pages have catalogues for that."""


def how_many(number: int, one: str, more: str = "") -> str:
    """`1 signature`, `1,040 signatures`; `more` where an s does not make the plural."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"
