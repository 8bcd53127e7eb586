"""The catalogues of the words that readers see: `python -m rightswire.conf.messages update|compile|check`.

English is the source; every other language has a catalogue, `locale/CODE/LC_MESSAGES/django.po` (to add a
language, put an empty file there and run `update`). Babel reads and writes them: no gettext tools are needed.
"""

import argparse
import gettext
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from tokenize import TokenError

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po
from django.utils.translation.template import templatize

PACKAGE = Path(__file__).resolve().parents[1]
TEMPLATE_ENDINGS = {".html", ".txt", ".xml"}
WAGTAIL_SCREENS = "wagtailadmin"  # templates in the place of Wagtail's own: their words are in its catalogues
MARKERS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

# Unicode's plural rules (CLDR) where Babel's own table of gettext rules says something else.
PLURAL_FORMS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}

# No dates, names or machines, so that only changed words ever show as changes.
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""

PLACEHOLDER = re.compile(r"%\([^)]+\)[a-z]|%[sdf]")
THE_COUNT = {"%(count)s", "%(counter)s"}


class UnreadableError(Exception):
    """A source file or a catalogue has a mistake that keeps it from being read."""

    def __init__(self, file: Path, problem: Exception) -> None:
        super().__init__(f"{file}: {problem}. Mend this first; no catalogue was changed.")


def source_messages(package: Path) -> Catalog:
    """Every message that Python files and templates mark for translation.

    Raises UnreadableError for a file with a mistake in its syntax.
    """
    found = Catalog()
    for file in sorted(package.rglob("*")):
        name = file.relative_to(package)
        if WAGTAIL_SCREENS in name.parts:
            continue
        is_template = "templates" in name.parts and file.suffix in TEMPLATE_ENDINGS
        if not is_template and file.suffix != ".py":
            continue
        try:
            text = file.read_text(encoding="utf-8")
            # In brackets, as templates indent without regard to Python's rules.
            code = f"({templatize(text, str(name))}\n)" if is_template else text
            for _line, words, comments, context in extract(
                "python", BytesIO(code.encode()), MARKERS, ["Translators:"], {"encoding": "utf-8"}
            ):
                found.add(words, locations=[(name.as_posix(), 0)], auto_comments=comments, context=context)
        except (SyntaxError, TokenError, UnicodeDecodeError) as error:
            raise UnreadableError(file, error) from error
    return found


def catalogue_files(package: Path) -> list[Path]:
    return sorted(package.glob("locale/*/LC_MESSAGES/django.po"))


def read_catalogue(file: Path) -> Catalog:
    """Raises UnreadableError for a file that is no catalogue."""
    try:
        with file.open("rb") as opened:
            return read_po(opened, locale=_language(file), charset="utf-8", abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise UnreadableError(file, error) from error


def update(package: Path) -> list[str]:
    """Brings every catalogue up to date with the sources, and says what is left to translate.

    A translation whose message is gone stays in the file, commented out, and is taken up again if the
    message returns. Raises UnreadableError, before anything is written.
    """
    sources = source_messages(package)
    catalogues = [(file, read_catalogue(file)) for file in catalogue_files(package)]
    for file, catalogue in catalogues:
        plural_forms = _plural_forms(_language(file))
        catalogue.mime_headers = [("Plural-Forms", plural_forms)]
        for message in catalogue.obsolete.values():
            catalogue[message.id] = message
        catalogue.obsolete = {}
        catalogue.update(sources, no_fuzzy_matching=True)
        catalogue.obsolete = {key: old for key, old in catalogue.obsolete.items() if any(_forms(old))}
        written = BytesIO()
        write_po(written, catalogue, width=0, omit_header=True, sort_output=True, include_lineno=False)
        header = HEADER.format(language=_language(file), plural_forms=plural_forms)
        file.write_bytes(header.encode() + written.getvalue().rstrip(b"\n") + b"\n")
    return [
        f"{_language(file)}: {len(catalogue)} messages, {_untranslated(catalogue)} to translate"
        for file, catalogue in catalogues
    ]


def compile_catalogues(package: Path) -> list[str]:
    """Writes beside every catalogue the form that Django reads. Raises UnreadableError."""
    for file in catalogue_files(package):
        compiled = BytesIO()
        write_mo(compiled, read_catalogue(file))
        file.with_suffix(".mo").write_bytes(compiled.getvalue())
    return []


def problems(package: Path) -> list[str]:
    """What keeps the catalogues from saying everything that the sources say, a line each.

    Raises UnreadableError.
    """
    sources = source_messages(package)
    found = []
    for file in catalogue_files(package):
        where = file.relative_to(package).as_posix()
        catalogue = read_catalogue(file)
        if catalogue.plural_forms != (expected := _plural_forms(_language(file))):
            found.append(f"{where}: the header does not say “Plural-Forms: {expected}”; run update")
        for message in (message for message in sources if message.id):
            translation = catalogue.get(message.id, message.context)
            for problem in _problems_of(message, translation, catalogue):
                found.append(f"{where}: “{_title(message)}” {problem}")
        for message in (message for message in catalogue if message.id):
            if sources.get(message.id, message.context) is None:
                found.append(f"{where}: “{_title(message)}” stands in no source any more; run update")
    return found


def _problems_of(source: Message, translation: Message | None, catalogue: Catalog) -> Iterator[str]:
    if translation is None or translation.id != source.id:
        yield "is missing, or has another plural; run update"
        return
    if translation.fuzzy:
        yield "is marked fuzzy: read it again and take the mark away"
    wanted = _placeholders(*_forms_of_id(source))
    wordless = _forms_for_one_number(catalogue.plural_expr) if source.pluralizable else set()
    for index, form in enumerate(_forms(translation)):
        place = f"in plural form {index}" if source.pluralizable else "in its translation"
        if not form.strip():
            yield f"has nothing {place}"
            continue
        has = _placeholders(form)
        if strange := has - wanted:
            yield f"has {', '.join(sorted(strange))} {place}, which the source does not have"
        if left_out := wanted - has - (THE_COUNT if index in wordless else set()):
            yield f"lacks {', '.join(sorted(left_out))} {place}"


def _forms_for_one_number(plural_expression: str) -> set[int]:
    """The plural forms that stand for a single number, which can say it in words (in Arabic: 0, 1 and 2)."""
    form_of = gettext.c2py(plural_expression)
    numbers = Counter(form_of(number) for number in range(1000))
    return {form for form, times in numbers.items() if times == 1}


def _untranslated(catalogue: Catalog) -> int:
    return sum(not all(_forms(message)) for message in catalogue if message.id)


def _plural_forms(language: str) -> str:
    return PLURAL_FORMS.get(language) or Catalog(locale=language).plural_forms


def _language(file: Path) -> str:
    return file.parts[-3]


def _forms(message: Message) -> Sequence[str]:
    return [message.string or ""] if isinstance(message.string, str | None) else message.string


def _forms_of_id(message: Message) -> Sequence[str]:
    return [message.id] if isinstance(message.id, str) else message.id


def _placeholders(*texts: str) -> set[str]:
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


def _title(message: Message) -> str:
    return _forms_of_id(message)[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0: done; 1: `check` found something, or a file cannot be read; 2: wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m rightswire.conf.messages", description=__doc__)
    parser.add_argument(
        "task",
        choices=["update", "compile", "check"],
        help="take new messages in from the sources; make what Django reads; list what is missing or wrong",
    )
    task = parser.parse_args(arguments).task
    try:
        lines = {"update": update, "compile": compile_catalogues, "check": problems}[task](PACKAGE)
    except UnreadableError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 1 if task == "check" and lines else 0


if __name__ == "__main__":
    sys.exit(main())
