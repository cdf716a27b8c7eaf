"""How somebody gets on: what they rate from week to week, held against where they began.

What is rated stands in the weekly form: each item with a code of the system `urn:acuback:score` is a measure from 0 to
10, followed under that code, so the assessment's scores of the same codes are the baseline. A pure reckoning: it tells
who improved, who worsened and who is silent; what follows from it is the flows'.

    all_of = measures(content.weekly)
    course = Course(Taken(sent_at, scored(content.form, answers)), tuple(Taken(at, scored(content.weekly, one)) ...))
    worsened(course, all_of)          # of the newest check-in: what to ask the short screen for, () for nothing
    standing(course, all_of, now)     # 'better' | 'worse' | 'same' | 'silent' | 'new'
    against_start(course, all_of)     # each measure, baseline beside what it is now
    picture(course, all_of, visits)   # what the template `trend` reads
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from bot.practice import summary
from bot.practice.forms import Form
from bot.practice.items import Answers

SMALLEST = Decimal(2)
"""The smallest change that matters on a scale from 0 to 10 (Ostelo 2008, Spine 33:90-94)."""

SILENT_AFTER = timedelta(weeks=2)
"""Two weekly check-ins without a word."""

MORE = "urn:acuback:better"
"""The system of the code `more`: of this measure more is better, of every other less."""

WEEK = timedelta(weeks=1)

Standing = Literal["better", "worse", "same", "silent", "new"]
"""How somebody is against where they began. silent: nothing was rated for two weeks. new: nothing to compare yet."""


@dataclass(frozen=True, slots=True)
class Measure:
    """Something followed over time, from 0 to 10."""

    code: str
    label: str
    more_is_better: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What somebody rated at one time, by the measures' codes."""

    at: datetime
    scores: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One measure at two times."""

    measure: Measure
    before: Decimal
    now: Decimal

    @property
    def gain(self) -> Decimal:
        """By how much it is better; below zero: worse."""
        up = self.now - self.before
        return up if self.measure.more_is_better else -up

    @property
    def is_better(self) -> bool:
        """Whether it is better by enough to matter."""
        return self.gain >= SMALLEST

    @property
    def is_worse(self) -> bool:
        """Whether it is worse by enough to matter."""
        return self.gain <= -SMALLEST


@dataclass(frozen=True, slots=True)
class Course:
    """Where somebody began, and their check-ins since, the oldest first."""

    baseline: Taken
    """The assessment that opened the episode."""
    taken: tuple[Taken, ...] = ()

    @property
    def start(self) -> Taken:
        """The first known value of each measure: what the assessment did not ask counts from its first check-in."""
        known: dict[str, Decimal] = {}
        for one in (self.baseline, *self.taken):
            known = {**one.scores, **known}
        return Taken(self.baseline.at, known)

    @property
    def newest(self) -> Taken:
        """The last known value of each measure, and when the last check-in was."""
        every = (self.baseline, *self.taken)
        return Taken(every[-1].at, {code: score for one in every for code, score in one.scores.items()})


def measures(form: Form) -> tuple[Measure, ...]:
    """What a form follows, in its order."""
    found = []
    for item in form.every_item():
        better = any(code.get("system") == MORE and code.get("code") == "more" for code in item.codes)
        scores = (code for code in item.codes if code.get("system") == summary.SCORE)
        found += [Measure(str(code.get("code")), str(code.get("display") or item.label), better) for code in scores]
    return tuple(found)


def scored(form: Form, answers: Answers) -> dict[str, Decimal]:
    """What was rated, by code."""
    return {score.code: score.value for score in summary.scores(form, answers)}


def changes(before: Taken, now: Taken, of: Iterable[Measure]) -> tuple[Change, ...]:
    """The measures that were rated both times."""
    return tuple(
        Change(one, before.scores[one.code], now.scores[one.code])
        for one in of
        if one.code in before.scores and one.code in now.scores
    )


def against_start(course: Course, of: Iterable[Measure]) -> tuple[Change, ...]:
    """Each measure as it was at the start and as it is now."""
    return changes(course.start, course.newest, of) if course.taken else ()


def worsened(course: Course, of: Iterable[Measure]) -> tuple[Change, ...]:
    """What the newest check-in shows to be worse by 2 or more: than the time before, or for the first time than at the
    start. Each is told once, not again every week that it stays so."""
    if not course.taken:
        return ()
    known = tuple(of)
    earlier = Course(course.baseline, course.taken[:-1])
    last = course.taken[-1]
    since_last = {one.measure: one for one in changes(earlier.newest, last, known) if one.is_worse}
    already = {one.measure for one in changes(earlier.start, earlier.newest, known) if one.is_worse}
    crept = {one.measure: one for one in changes(earlier.start, last, known) if one.is_worse}
    found = {measure: one for measure, one in crept.items() if measure not in already} | since_last
    return tuple(found[one] for one in known if one in found)


def standing(course: Course, of: Iterable[Measure], now: datetime) -> Standing:
    """How somebody is against where they began. Something that worsened counts for more than what improved."""
    if now - course.newest.at >= SILENT_AFTER:
        return "silent"
    found = against_start(course, of)
    if not found:
        return "new"
    if any(one.is_worse for one in found):
        return "worse"
    return "better" if any(one.is_better for one in found) else "same"


def picture(course: Course, of: Iterable[Measure], visits: Iterable[datetime] = ()) -> dict[str, Any]:
    """What `documents/trend.typ` draws: for each measure that was ever rated its points, in weeks since the start.

    {'weeks': how many the picture spans, 'visits': [week], 'rows': [{'label', 'better': 'more' | 'less', 'points':
    [[week, value]]}]}. Rates made before the start are not drawn.
    """

    def week(moment: datetime) -> float:
        return round((moment - course.baseline.at) / WEEK, 2)

    every = [course.baseline, *(one for one in course.taken if one.at >= course.baseline.at)]
    rows = [
        {
            "label": one.label,
            "better": "more" if one.more_is_better else "less",
            "points": [[week(at.at), float(at.scores[one.code])] for at in every if one.code in at.scores],
        }
        for one in of
    ]
    last = week(every[-1].at)
    attended = [week(one) for one in visits if course.baseline.at <= one <= every[-1].at]
    return {"weeks": last, "visits": attended, "rows": [row for row in rows if row["points"]]}
