"""The register is read and taken along, never written by hand."""

import csv
import io

import pytest

from rightswire.campaigns.models import Act, RegisterEntry

pytestmark = pytest.mark.django_db


def test_it_lists_who_did_what_the_newest_first(opened, first):
    answer = first.look("petition-register:index")
    acts = [entry.act for entry in answer.context["object_list"]]
    assert acts == [Act.OPEN, Act.PROVE_KEY]
    assert "Safe in Ottawa" in answer.content.decode()


def test_its_csv_holds_values_and_no_formula(first):
    RegisterEntry.objects.create(
        petition_name='=HYPERLINK("https://example.org")', act=Act.EXPORT, by="+ada", note="@x"
    )
    answer = first.look("petition-register:index", export="csv")
    heading, row = list(csv.reader(io.StringIO(b"".join(answer).decode())))
    assert heading == ["When", "What", "Petition", "By", "Second person", "Note"]
    assert row[1:] == ["Export the signatures", '\'=HYPERLINK("https://example.org")', "'+ada", "", "'@x"]


@pytest.mark.parametrize("place", ["new/", "edit/1/", "delete/1/"])
def test_nothing_is_added_changed_or_deleted_by_hand(first, place):
    assert first.get(f"/admin/petition-register/{place}").status_code == 404
    assert first.post(f"/admin/petition-register/{place}").status_code == 404


def test_it_is_narrowed_to_one_kind_of_act(opened, first):
    answer = first.look("petition-register:index", act=Act.OPEN)
    assert [entry.act for entry in answer.context["object_list"]] == [Act.OPEN]
