"""What is wrong among the surest, and what may be promised of it: on answers that are known."""

import math
from dataclasses import replace

import numpy as np
import pytest

from inkdigits.data.sets import LabelledArrays
from inkdigits.evaluation import suites
from inkdigits.evaluation.measuring import Sample
from inkdigits.evaluation.trust import (
    LEVEL,
    Answers,
    accepted_at,
    answers_to,
    at_most,
    measured_trust,
    promise,
    risk_curve,
    strings_of,
    together,
)
from tests.evaluation.test_suites import FakeReader, coded, digit, reading, sample


def answers(confidence: list[float], right: list[bool], name: str = "set") -> Answers:
    return Answers(name, np.array(confidence), np.array(right, np.bool_))


def many(total: int, wrong: list[int]) -> Answers:
    """So many numbers, each less sure than the one before; those of the ranks in `wrong` are."""
    right = np.ones(total, np.bool_)
    right[wrong] = False
    return Answers("many", np.linspace(1, 0.5, total), right)


FIVE = answers([0.9, 0.8, 0.8, 0.4, 0.0], [True, True, False, True, False])


def test_a_curve_tells_what_is_wrong_from_each_mistake_on() -> None:
    assert risk_curve(FIVE) == ((0.2, 0.0), (0.6, 1 / 3), (0.8, 0.25))


def test_a_curve_of_very_many_has_few_points() -> None:
    curve = risk_curve(many(10_000, [9_000]))
    assert 40 <= len(curve) <= 43
    assert curve[-1] == (1.0, 1 / 10_000)
    assert (0.9, 0.0) in curve
    assert (0.9001, 1 / 9_001) in curve


def test_a_curve_of_what_is_never_accepted_is_empty() -> None:
    assert risk_curve(answers([0.0], [True])) == ()


@pytest.mark.parametrize(("risk", "share"), [(0, 0.2), (0.2, 0.2), (0.25, 0.8), (1 / 3, 0.8)])
def test_the_share_that_can_be_accepted(risk: float, share: float) -> None:
    assert accepted_at(FIVE, risk) == share


def test_nothing_can_be_accepted_where_the_surest_is_wrong() -> None:
    assert accepted_at(answers([0.9, 0.8], [False, True]), 0.001) == 0


def test_sets_together_hold_all_of_both() -> None:
    both = together("both", [FIVE, answers([0.7], [True])])
    assert len(both) == 6
    assert both.name == "both"
    assert both.confidence[-1] == 0.7


# Promises


@pytest.mark.parametrize(
    ("wrong", "accepted", "rate"), [(0, 10, 0.1), (2, 50, 0.03), (7, 9000, 0.001)]
)
def test_the_chance_of_so_few_mistakes_is_binomial(wrong: int, accepted: int, rate: float) -> None:
    expected = sum(
        math.comb(accepted, k) * rate**k * (1 - rate) ** (accepted - k) for k in range(wrong + 1)
    )
    found = at_most(np.array([wrong]), np.array([accepted]), rate)
    assert found[0] == pytest.approx(expected, rel=1e-6)


def test_chances_of_many_are_those_of_each() -> None:
    wrong, accepted = np.array([0, 3, 1]), np.array([5, 300, 40])
    each = [at_most(wrong[n : n + 1], accepted[n : n + 1], 0.02)[0] for n in range(3)]
    np.testing.assert_allclose(at_most(wrong, accepted, 0.02), each)


def test_without_a_mistake_all_is_promised_that_the_count_can_show() -> None:
    # 0.05 = 0.99^n: 299 numbers without a mistake show 99 %, 298 do not.
    assert promise(many(299, []), 0.99) is not None
    assert promise(many(298, []), 0.99) is None


def test_a_promise_counts_what_it_was_seen_on() -> None:
    found = promise(many(1000, [990, 995]), 0.99)
    assert found is not None
    assert (found.accuracy, found.accepted, found.wrong) == (0.99, 1000, 2)
    assert found.confidence == pytest.approx(0.5, abs=1e-6)


def test_a_promise_ends_before_the_mistakes_are_too_many() -> None:
    given = many(1000, [*range(800, 1000, 4)])
    found = promise(given, 0.99)
    assert found is not None
    surest = given.confidence >= found.confidence
    assert found.accepted == int(surest.sum())
    assert found.wrong == int((~given.right[surest]).sum())
    assert at_most(np.array([found.wrong]), np.array([found.accepted]), 0.01)[0] <= LEVEL
    more = np.array([found.wrong + 1]), np.array([found.accepted + 4])
    assert at_most(*more, 0.01)[0] > LEVEL


def test_good_answers_after_bad_ones_save_no_promise() -> None:
    """The search stops at the first failure, or the bound would not hold for what it finds."""
    assert promise(many(4000, [*range(1990, 2000)]), 0.998) is None


def test_a_promise_seldom_fails() -> None:
    """Of answers that are wrong more often than 1 %, few sets of 500 seem to show 99 %."""
    rng = np.random.default_rng(1)
    made = 0
    for _ in range(400):
        confidence = rng.random(500)
        found = promise(Answers("bad", confidence, rng.random(500) > 0.0105), 0.99)
        made += found is not None
    assert made / 400 < 2 * LEVEL


def test_what_is_never_accepted_is_not_promised() -> None:
    given = many(1000, [])
    half = replace(given, confidence=np.where(given.confidence > 0.75, given.confidence, 0.0))
    found = promise(half, 0.99)
    assert found is not None
    assert found.accepted == 500
    assert promise(replace(given, confidence=np.zeros(1000)), 0.99) is None


def test_trust_holds_what_can_be_promised_in_order() -> None:
    given = many(2000, [1990, 1995])
    found = measured_trust([given, answers([0.9], [True], "other")], (0.9, 0.99, 0.9999))
    assert [one.accuracy for one in found.promises] == [0.9, 0.99]
    assert found.numbers == {"many": 2000, "other": 1}


# Reading


def test_only_a_whole_number_that_was_accepted_counts() -> None:
    reader = FakeReader(
        {
            "right": reading((digit("1", 0.9), digit("2", 0.8))),
            "wrong": reading((digit("7", 0.7),)),
            "refused": reading((digit("3", 0.6, refused=True),)),
            "two": reading((digit("1", 0.9),), (digit("2", 0.9),)),
            "blank": reading(),
        }
    )
    truths = {"right": "12", "wrong": "2", "refused": "3", "two": "12", "blank": "4"}
    found = answers_to(reader, "files", [sample(name, truth) for name, truth in truths.items()])
    assert found.confidence.tolist() == [0.8, 0.7, 0.0, 0.0, 0.0]
    assert found.right.tolist() == [True, False, True, True, False]
    assert set(reader.layouts) == {"digit"}


def test_numbers_are_made_of_50_digits_in_a_row() -> None:
    images = np.zeros((130, 20, 20), np.uint8)
    images[:, 4:16, 8:11] = 200
    images[50:, 4:16, 8:11] = 100
    arrays = LabelledArrays("bars", "train", images, np.arange(130) % 10)
    found = list(strings_of(arrays))
    assert sum(len(one.truth) for one in found) == 100
    assert {len(one.truth) for one in found} == {2, 3, 4, 5, 6, 8, 10, 12}
    hands = [set(np.unique(one.image)) - {0} for one in found]  # type: ignore[arg-type]
    assert all(len(hand) == 1 for hand in hands)
    for one in found:
        assert isinstance(one.image, np.ndarray)
        columns = one.image.any(0).astype(int)
        assert int((np.diff(columns) == 1).sum()) == len(one.truth)
    assert [one.truth for one in strings_of(arrays)] == [one.truth for one in found]
    assert "".join(sorted("".join(one.truth for one in found))) == "".join(
        sorted("0123456789" * 10)
    )


def test_the_suite_shows_the_first_two_sets_together() -> None:
    parts = [answers([0.9, 0.8], [True, True], f"set {n}") for n in range(3)]
    parts.append(answers([0.9, 0.0], [False, True], "bad"))
    result = suites.trust_result(parts)
    assert list(result.curves) == [suites.TRUSTED, "set 2", "bad"]
    assert result.images == 8
    assert result.others == {
        f"{suites.TRUSTED} at 1 % wrong": 1.0,
        "set 2 at 1 % wrong": 1.0,
        "bad at 1 % wrong": 0.0,
    }
    # Seven were accepted: 0.9 and 0.8 three times each, and 0.9 that is wrong.
    assert result.calibration_error == pytest.approx((abs(3.6 - 3) + abs(2.4 - 3)) / 7)


def test_one_in_a_thousand_is_asked_only_of_a_thousand() -> None:
    few, enough = many(999, [998]), many(1000, [998])
    others = suites.trust_result([few, few, few, replace(enough, name="enough")]).others
    assert others["many at 1 % wrong"] == 1.0
    assert others["enough at 0.1 % wrong"] == 1.0


def test_digits_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each set is read as users would read it, and no test image is looked at."""
    looked: list[tuple[str, str]] = []

    def load(name: str, split: str = "train") -> LabelledArrays:
        looked.append((name, split))
        size = 60_000 if name == "mnist" else 3
        images = np.broadcast_to(coded(1, 90), (size, 28, 28))
        return LabelledArrays(name, split, images, np.ones(size, np.int64))

    monkeypatch.setattr(suites, "load_arrays", load)
    monkeypatch.setattr(suites, "load_digilets", lambda _: load("digilets"))
    monkeypatch.setattr(suites, "_files", lambda _: [Sample("a", "1", coded(1, 90))])
    monkeypatch.setattr(LabelledArrays, "normalized", lambda arrays: arrays)
    monkeypatch.setattr(suites, "strings_of", lambda arrays: suites._arrays(arrays)[:2])
    reader = FakeReader()
    parts = suites.trust_answers(reader)
    assert [(part.name, len(part)) for part in parts] == [
        ("wild-digits", 1),
        ("digilets", 3),
        ("usps", 3),
        ("mnist-holdout", 2500),
        ("numbers of digilets", 2),
        ("numbers of mnist-holdout", 2),
    ]
    assert ("mnist", "test") not in looked
    assert reader.layouts == ["digit"] * (1 + 3 + 3 + 2500) + ["line"] * 4
