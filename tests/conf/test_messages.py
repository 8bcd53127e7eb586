import shutil

import pytest
from django.utils.translation import gettext, ngettext, override

from rightswire.conf import messages
from rightswire.pages.language import typeset

EN_TO_AR = 'msgid "Search"\nmsgstr "بحث"\n'


@pytest.fixture
def package(tmp_path):
    """A small package with one Python file, one template and an Arabic catalogue of its own."""
    root = tmp_path / "package"
    (root / "templates").mkdir(parents=True)
    (root / "locale/ar/LC_MESSAGES").mkdir(parents=True)
    (root / "names.py").write_text("from x import gettext as _\n\ntitle = _('Search')\n", encoding="utf-8")
    catalogue_of(root).touch()
    return root


def catalogue_of(package):
    return package / "locale/ar/LC_MESSAGES/django.po"


def with_template(package, text):
    (package / "templates/page.html").write_text(text, encoding="utf-8")


def found(package):
    return {message.id: message for message in messages.source_messages(package) if message.id}


def translate(package, *lines):
    """Adds entries to the catalogue as a translator would, then lets `update` put them in their place."""
    with catalogue_of(package).open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(lines) + "\n")
    messages.update(package)


class TestOurCatalogues:
    def test_are_french_and_arabic_at_least(self):
        codes = {file.parts[-3] for file in messages.catalogue_files(messages.PACKAGE)}
        assert {"ar", "fr"} <= codes

    def test_say_everything_that_the_sources_say(self, capsys):
        assert messages.main(["check"]) == 0, capsys.readouterr().out

    def test_french_keeps_canadian_typography(self):
        french = messages.read_catalogue(messages.PACKAGE / "locale/fr/LC_MESSAGES/django.po")
        forms = [form for message in french if message.id for form in messages._forms(message)]
        assert [form for form in forms if typeset(form, "fr") != form] == []

    def test_arabic_keeps_its_own_punctuation(self):
        arabic = messages.read_catalogue(messages.PACKAGE / "locale/ar/LC_MESSAGES/django.po")
        forms = [form for message in arabic if message.id for form in messages._forms(message)]
        assert [form for form in forms if any(sign in form for sign in ",;?")] == []


class TestCompile:
    @pytest.fixture
    def compiled(self, tmp_path, settings):
        """Our catalogues, compiled in a place of their own and read by Django from there."""
        shutil.copytree(messages.PACKAGE / "locale", tmp_path / "locale", ignore=shutil.ignore_patterns("*.mo"))
        messages.compile_catalogues(tmp_path)
        settings.LOCALE_PATHS = [tmp_path / "locale"]

    @pytest.mark.parametrize(
        ("count", "words"),
        [
            (0, "لا أخبار"),
            (1, "خبر واحد"),
            (2, "خبران"),
            (3, "3 أخبار"),
            (11, "11 خبرًا"),
            (100, "100 خبر"),
            (103, "103 أخبار"),
        ],
    )
    def test_arabic_counts_in_six_forms(self, compiled, count, words):
        with override("ar"):
            assert ngettext("%(count)s item", "%(count)s items", count) % {"count": count} == words

    @pytest.mark.parametrize(("count", "words"), [(0, "0 actualité"), (1, "1 actualité"), (2, "2 actualités")])
    def test_french_counts_none_in_the_singular(self, compiled, count, words):
        with override("fr"):
            assert ngettext("%(count)s item", "%(count)s items", count) % {"count": count} == words

    def test_words_come_in_the_language_asked_for(self, compiled):
        seen = {}
        for code in ("en", "fr", "ar"):
            with override(code):
                seen[code] = gettext("Press release")
        assert seen == {"en": "Press release", "fr": "Communiqué de presse", "ar": "بيان صحفي"}


class TestExtraction:
    def test_python_markers(self, package):
        (package / "names.py").write_text(
            "a = _('One')\nb = gettext_lazy('Two')\nc = pgettext_lazy('button', 'Three')\n"
            "d = ngettext('%(count)s day', '%(count)s days', n)\ne = 'No message'\n",
            encoding="utf-8",
        )
        assert set(found(package)) == {"One", "Two", "Three", ("%(count)s day", "%(count)s days")}
        assert found(package)["Three"].context == "button"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('<b>{% translate "Home" %}</b>', "Home"),
            ('{% translate "It\'s late" %}', "It's late"),
            ('{% trans "May" context "month" %}', "May"),
            ('{% include "x.html" with title=_("Pages") %}', "Pages"),
            ("{% blocktranslate with n=shown %}page {{ n }}{% endblocktranslate %}", "page %(n)s"),
            ("{% blocktranslate trimmed %}\n  Facts\n  first\n{% endblocktranslate %}", "Facts first"),
            (
                "{% blocktranslate count n=all|length %}{{ n }} day{% plural %}days{% endblocktranslate %}",
                ("%(n)s day", "days"),
            ),
        ],
    )
    def test_template_tags(self, package, text, expected):
        with_template(package, f"  <p>\n      x\n   y\n {text}\n")  # indented as no Python could be
        assert expected in found(package)

    def test_screens_of_wagtail_are_left_to_its_own_catalogues(self, package):
        (package / "templates/wagtailadmin").mkdir()
        (package / "templates/wagtailadmin/home.html").write_text('{% translate "Account" %}', encoding="utf-8")
        assert "Account" not in found(package)

    def test_a_note_to_translators_reaches_them(self, package):
        with_template(package, '{# Translators: the noun #}\n{% translate "Report" %}')
        messages.update(package)
        assert "#. Translators: the noun" in catalogue_of(package).read_text(encoding="utf-8")

    def test_a_broken_template_is_named_and_no_catalogue_is_touched(self, package, capsys, monkeypatch):
        monkeypatch.setattr(messages, "PACKAGE", package)
        with_template(package, "{% blocktranslate %}{% if x %}{% endif %}{% endblocktranslate %}")
        assert messages.main(["update"]) == 1
        assert "page.html" in capsys.readouterr().err
        assert catalogue_of(package).read_bytes() == b""


class TestUpdate:
    def test_twice_is_once(self, tmp_path):
        ours = tmp_path / "ours"
        shutil.copytree(messages.PACKAGE, ours, ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
        messages.update(ours)
        first = {file: file.read_bytes() for file in messages.catalogue_files(ours)}
        messages.update(ours)
        assert {file: file.read_bytes() for file in first} == first

    def test_translations_stay(self, package):
        translate(package, EN_TO_AR)
        with_template(package, '{% translate "Home" %}')
        messages.update(package)
        assert messages.read_catalogue(catalogue_of(package)).get("Search").string == "بحث"

    def test_a_translation_outlives_its_message(self, package):
        translate(package, EN_TO_AR)
        source = (package / "names.py").read_text(encoding="utf-8")
        (package / "names.py").write_text("", encoding="utf-8")
        messages.update(package)
        assert '#~ msgstr "بحث"' in catalogue_of(package).read_text(encoding="utf-8")
        assert messages.problems(package) == []
        (package / "names.py").write_text(source, encoding="utf-8")
        messages.update(package)
        assert "#~" not in catalogue_of(package).read_text(encoding="utf-8")
        assert messages.problems(package) == []

    def test_nothing_is_guessed_from_a_similar_message(self, package):
        translate(package, EN_TO_AR)
        (package / "names.py").write_text("_('Searches')", encoding="utf-8")
        messages.update(package)
        assert messages.read_catalogue(catalogue_of(package)).get("Searches").string == ""

    def test_the_file_tells_no_dates_lines_or_machines(self, package):
        messages.update(package)
        text = catalogue_of(package).read_text(encoding="utf-8")
        assert "#: names.py\n" in text
        for trace in ("Date", "Generated-By", "Translator", str(package)):
            assert trace not in text


class TestCheck:
    DAYS = "{% blocktranslate count count=n %}{{ count }} day{% plural %}{{ count }} days{% endblocktranslate %}"

    def only_problem(self, package):
        (problem,) = messages.problems(package)
        return problem

    def days(self, package, *forms):
        with_template(package, self.DAYS)
        translate(
            package,
            EN_TO_AR,
            'msgid "%(count)s day"',
            'msgid_plural "%(count)s days"',
            *(f'msgstr[{index}] "{form}"' for index, form in enumerate(forms)),
        )

    def test_a_complete_catalogue_has_no_problem(self, package):
        translate(package, EN_TO_AR)
        assert messages.problems(package) == []

    def test_a_problem_ends_the_program_with_status_1(self, package, capsys, monkeypatch):
        monkeypatch.setattr(messages, "PACKAGE", package)
        messages.update(package)
        assert messages.main(["check"]) == 1
        assert capsys.readouterr().out.count("\n") == 1

    def test_a_message_that_the_catalogue_lacks(self, package):
        translate(package, EN_TO_AR)
        with_template(package, '{% translate "Home" %}')
        assert "“Home” is missing" in self.only_problem(package)

    def test_an_empty_translation(self, package):
        messages.update(package)
        assert "“Search” has nothing" in self.only_problem(package)

    def test_a_fuzzy_translation(self, package):
        translate(package, "#, fuzzy", EN_TO_AR)
        assert "fuzzy" in self.only_problem(package)

    def test_a_message_that_no_source_has_any_more(self, package):
        translate(package, EN_TO_AR)
        with catalogue_of(package).open("a", encoding="utf-8") as file:
            file.write('\nmsgid "Gone"\nmsgstr "ذهب"\n')
        assert "“Gone” stands in no source" in self.only_problem(package)

    def test_a_placeholder_that_is_left_out_or_invented(self, package):
        with_template(package, "{% blocktranslate %}By {{ day }}.{% endblocktranslate %}")
        translate(package, EN_TO_AR, 'msgid "By %(day)s."', 'msgstr "قبل %(date)s."')
        first, second = messages.problems(package)
        assert "has %(date)s" in first
        assert "lacks %(day)s" in second

    def test_a_plural_form_that_is_missing(self, package):
        self.days(package, "لا أيام", "يوم", "يومان", "%(count)s أيام", "%(count)s يومًا")
        assert "nothing in plural form 5" in self.only_problem(package)

    def test_none_one_and_two_may_go_without_the_number_and_only_they(self, package):
        self.days(package, "لا أيام", "يوم", "يومان", "%(count)s أيام", "يومًا", "%(count)s يوم")
        assert "lacks %(count)s in plural form 4" in self.only_problem(package)

    def test_a_header_with_another_rule_for_plurals(self, package):
        translate(package, EN_TO_AR)
        text = catalogue_of(package).read_text(encoding="utf-8")
        catalogue_of(package).write_text(text.replace("n%100>=11", "n%100>=12"), encoding="utf-8")
        assert "Plural-Forms" in self.only_problem(package)

    def test_a_file_that_is_no_catalogue_is_named(self, package):
        catalogue_of(package).write_text("Good morning\n", encoding="utf-8")
        with pytest.raises(messages.UnreadableError, match=r"django\.po"):
            messages.problems(package)


def test_wrong_usage_is_status_2():
    with pytest.raises(SystemExit) as end:
        messages.main(["translate"])
    assert end.value.code == 2
