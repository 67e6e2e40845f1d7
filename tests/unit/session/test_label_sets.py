import json

import pytest

from emgstudio.core.errors import EmgError
from emgstudio.session.label_sets import (
    Label,
    LabelKind,
    LabelSet,
    LabelSets,
    read_set,
    set_from_json,
    set_to_json,
    shipped_sets,
)


def test_shipped_sets_have_a_key_for_every_label_and_a_general_one():
    sets = {made.name: made for made in shipped_sets()}
    assert {"General", "Pain", "Gait", "Gestures"} <= sets.keys()
    assert all(item.key for made in sets.values() for item in made.labels)
    assert sets["Pain"].score == "pain"


def test_a_set_comes_back_from_its_json_as_it_was():
    made = LabelSet(
        "Own",
        (
            Label("jump", "3", 2, LabelKind.POINT, hed="Event"),
            Label("rest", "0", 7, group="gesture"),
        ),
        score="pain",
    )
    assert set_from_json(json.loads(json.dumps(set_to_json(made)))) == made


def test_what_a_newer_version_adds_is_passed_over():
    value = set_to_json(LabelSet("Own", (Label("jump", "3"),)))
    value["labels"][0]["shape"] = "square"
    assert set_from_json(value).labels == (Label("jump", "3"),)


def test_an_own_set_hides_a_shipped_one_until_it_is_removed(tmp_path):
    sets = LabelSets(tmp_path)
    own = LabelSet("General", (Label("mine", "1"),))
    sets.save(own)
    assert sets.all()["General"] == own
    assert sets.is_own("General")
    sets.remove("General")
    assert sets.get("General").label("mark") is not None
    assert not sets.is_own("General")


def test_a_file_that_is_no_set_is_named_and_the_rest_is_there(tmp_path):
    sets = LabelSets(tmp_path)
    sets.save(LabelSet("Own", (Label("jump"),)))
    (tmp_path / "torn.json").write_text('{"format": "emgstudio-lab')
    (tmp_path / "other.json").write_text("[1, 2]")
    assert "Own" in sets.all()
    assert sets.unreadable == ("other.json", "torn.json")
    with pytest.raises(EmgError, match="not a label set"):
        read_set(tmp_path / "torn.json")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ((Label("a", "1"), Label("b", "1")), "key “1” is there twice"),
        ((Label("a"), Label("a")), "label “a” is there twice"),
        ((Label(" "),), "no name"),
        ((Label("a", "x"),), "not a key"),
        ((Label("a", colour=8),), "from 0 to 7"),
    ],
)
def test_a_set_that_cannot_work_says_why(labels, words):
    with pytest.raises(EmgError, match=words):
        LabelSet("Own", labels)


def test_only_segments_of_the_same_group_exclude_each_other():
    made = LabelSet(
        "Own",
        (
            Label("fist", group="gesture"),
            Label("open", group="gesture"),
            Label("tap", kind=LabelKind.POINT, group="gesture"),
            Label("talking"),
        ),
    )
    assert made.rivals("fist") == {"open"}
    assert made.rivals("tap") == made.rivals("talking") == frozenset()
    assert made.free_key() == "1"
