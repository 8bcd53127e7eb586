"""Keys are added by their public half, proven by a code, retired, and never changed."""

import pytest

from rightswire.campaigns.models import Act, Petition, PetitionKey, RecipientKey, RegisterEntry, State
from rightswire.seal.box import PUBLIC_PREFIX, PrivateKey

pytestmark = pytest.mark.django_db


def add(desk, text, label="Safe in Ottawa"):
    return desk.do("petition-keys:add", label=label, public=text)


@pytest.mark.parametrize("before", ["", "# Rightswire: the public half\n"])
def test_the_line_or_the_whole_file_is_taken_and_noted(first, before):
    public = PrivateKey.generate().public
    answer = add(first, f"{before}{public.text()}\n")
    assert "Prove that it opens" in answer.said
    key = RecipientKey.objects.get()
    assert (key.public, key.added_by) == (public.text(), first.user)
    entry = RegisterEntry.objects.get()
    assert (entry.act, entry.by) == (Act.ADD_KEY, "ada")
    assert public.id.hex() in entry.note


def test_a_private_key_pasted_by_mistake_is_refused_and_not_shown_again(first):
    secret = PrivateKey.generate().protected("a passphrase")
    for text in (secret, f"# Keep this offline\n{secret}", "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END"):
        page = add(first, text).content.decode()
        assert "This is the private half" in page
        assert "make a new pair" in page
        assert "not exactly one" not in page
        assert secret[30:60] not in page
        assert "MC4CAQ" not in page
    assert not RecipientKey.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "a letter to somebody " * 20,
        PUBLIC_PREFIX,
        PUBLIC_PREFIX + "AAAA",
        PUBLIC_PREFIX + "A" * 43,
        PUBLIC_PREFIX + "A" * 90,
        pytest.param("\n".join(PrivateKey.generate().public.text() for _ in range(2)), id="two keys"),
    ],
)
def test_what_is_no_key_is_refused_in_one_sentence(first, text):
    errors = add(first, text).context["form"].errors
    assert sum(map(len, errors.values())) == 1
    assert ("not exactly one" in errors["public"][0]) == bool(text)
    assert not RecipientKey.objects.exists()


def test_a_key_that_is_there_or_was_retired_is_not_added_again(first, key):
    answer = add(first, key.public, label="The same")
    assert "This key is there already" in answer.content.decode()
    first.do("petition-keys:retire", key.pk)
    assert "A key that was retired stays so" in add(first, key.public).content.decode()
    assert RecipientKey.objects.count() == 1


def test_no_more_than_three_are_in_use(first):
    for number in range(4):
        answer = add(first, PrivateKey.generate().public.text(), label=f"Key {number}")
    assert "At most 3 keys can be in use" in answer.content.decode()
    assert RecipientKey.objects.count() == 3


def test_the_list_says_who_keeps_each_and_when_it_was_last_proven(petition, key, private, first):
    page = first.look("petition-keys:index").content.decode()
    assert "Safe in Ottawa" in page
    assert private.public.id.hex() in page
    first.prove(petition, key, private)
    row = first.look("petition-keys:index").context["object_list"][0]
    assert row.last_proven_at == PetitionKey.objects.get().proven_at


def test_a_key_is_proven_by_the_code_that_only_its_holder_can_read(petition, key, private, first):
    code = first.code_of_test(petition, key, private)
    wrong = f"{(int(code[:3]) + 1) % 1000:03}{code[3:]}"
    assert "This is not the code" in first.do("petitions:prove", petition.pk, key=key.pk, code=wrong).said
    assert PetitionKey.objects.get().proven_at is None

    assert "Proven" in first.do("petitions:prove", petition.pk, key=key.pk, code=code.replace("-", " ")).said
    assert PetitionKey.objects.get().proven_at
    assert RegisterEntry.objects.get().act == Act.PROVE_KEY
    assert "This is not the code" in first.do("petitions:prove", petition.pk, key=key.pk, code=code).said


def test_after_five_wrong_codes_the_right_one_proves_nothing_either(petition, key, private, first):
    code = first.code_of_test(petition, key, private)
    wrong = f"{(int(code[:3]) + 1) % 1000:03}{code[3:]}"
    for _ in range(5):
        first.do("petitions:prove", petition.pk, key=key.pk, code=wrong)
    assert "it takes a new one" in first.do("petitions:prove", petition.pk, key=key.pk, code=code).said
    assert PetitionKey.objects.get().proven_at is None
    assert "Proven" in first.prove(petition, key, private).said


def test_the_test_file_is_a_download_that_nobody_keeps(petition, key, first, home):
    answer = first.do("petitions:download_test", petition.pk, key=key.pk)
    assert answer["Content-Disposition"].startswith('attachment; filename="drop-the-app-test-')
    assert "no-store" in answer["Cache-Control"]
    assert not list(home.glob("handing-out-*"))


def test_an_open_petition_gets_no_key_that_two_people_have_not_seen(opened, first, private, key):
    other = PrivateKey.generate()
    added = RecipientKey.objects.create(label="Mine", public=other.public.text())
    assert "added after the opening" in first.look("petitions:overview", opened.pk).content.decode()
    answer = first.do("petitions:download_test", opened.pk, key=added.pk)
    assert "opened without this key" in answer.said
    assert "opened without this key" in first.do("petitions:prove", opened.pk, key=added.pk, code="123-456").said
    assert [row.key for row in opened.sealing_keys()] == [key]

    assert "Proven" in first.prove(opened, key, private).said  # its own key can be proven again


def test_the_last_key_of_an_open_petition_is_not_retired(opened, key, first):
    assert "It is the last key" in first.look("petition-keys:retire", key.pk).content.decode()
    answer = first.do("petition-keys:retire", key.pk)
    assert "It is the last key of “Drop the app”, which is open" in answer.said
    assert RecipientKey.objects.in_use().count() == 1

    Petition.objects.update(state=State.CLOSED)
    assert "was retired" in first.do("petition-keys:retire", key.pk).said
    assert not RecipientKey.objects.in_use().exists()
    assert RegisterEntry.objects.filter(act=Act.RETIRE_KEY, by="ada").count() == 1
    assert "retired already" in first.do("petition-keys:retire", key.pk).said


def test_one_of_two_keys_is_retired_and_signing_goes_on_with_the_other(petition, key, private, first, second):
    other = PrivateKey.generate()
    spare = RecipientKey.objects.create(label="Bank box", public=other.public.text())
    first.prove(petition, key, private)
    first.prove(petition, spare, other)
    first.do("petitions:ask_to_open", petition.pk)
    second.agree_and_open(petition)
    assert "was retired" in first.do("petition-keys:retire", key.pk).said
    assert [row.key for row in petition.sealing_keys()] == [spare]
    assert "It is the last key" in first.do("petition-keys:retire", spare.pk).said


def test_opening_the_page_of_retiring_retires_nothing(key, first):
    assert first.look("petition-keys:retire", key.pk).status_code == 200
    key.refresh_from_db()
    assert key.retired_at is None


@pytest.mark.parametrize("place", ["edit", "delete"])
def test_a_key_is_neither_changed_nor_deleted(key, first, place):
    assert first.get(f"/admin/petition-keys/{place}/{key.pk}/").status_code == 404
