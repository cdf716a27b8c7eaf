"""How somebody has been: ratings of 0 to 10 over time, held against where they began.

The codes are those the form gives its scores (`urn:acuback:score`). A rating that was not given says nothing: it is
neither held against another nor filled in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.model import Plan, Progress, Scores
from bot.practice.quiet import Quiet
from bot.practice.rhythm import next_due

Verdict = Literal["better", "worse", "same"]
Standing = Literal["improved", "worsened", "silent", "steady"]

LEAST_CHANGE = 2.0
"""Points of 10 that matter to somebody (Ostelo and others 2008, Spine 33:90-94: 2 points of a 0-10 rating of pain, or
30% of where it began). For the other ratings the same is the practice's own rule: worse by as much only leads to the
short screen being asked."""
LEAST_SHARE = 0.3

WEEK = timedelta(weeks=1)
_SETTLES = timedelta(days=5)
"""How long a plan has run at least before the first question how somebody is; and how long it is to the next."""
_IGNORED_WEEKLY = 2
_IGNORED_AT_ALL = 4


@dataclass(frozen=True, slots=True)
class Measure:
    """One rating that is followed: its code, whether less of it is better, and whether 30% of it is a change."""

    code: str
    less_is_better: bool = True
    by_share: bool = False


PAIN = "pain-week"
GOAL = "goal-now"
MEASURES = (
    Measure(PAIN, by_share=True),
    Measure("enjoyment"),
    Measure("activity"),
    Measure(GOAL, less_is_better=False),
)
CODES = tuple(one.code for one in MEASURES)


@dataclass(frozen=True, slots=True)
class Change:
    """One rating where it began and now."""

    code: str
    was: float
    now: float
    verdict: Verdict


def judged(measure: Measure, was: float, now: float) -> Verdict:
    """Whether a rating has changed by as much as matters. What matters as worse is counted in points alone: of a
    small number 30% is less than the rating itself wavers."""
    gain = was - now if measure.less_is_better else now - was
    if gain <= -LEAST_CHANGE:
        return "worse"
    is_share = measure.by_share and gain > 0 and gain >= LEAST_SHARE * was
    return "better" if gain >= LEAST_CHANGE or is_share else "same"


def ratings(scores: Sequence[Scores]) -> tuple[Scores, ...]:
    """The ratings over time, the oldest first: the assessment, of when it was sent first and as it was sent last, and
    each check-in."""
    sent = [one for one in scores if one.occasion == "intake"]
    began = [replace(sent[-1], at=sent[0].at)] if sent else []
    given = (*began, *(one for one in scores if one.occasion == "checkin"))
    followed = (replace(one, values={code: one.values[code] for code in CODES if code in one.values}) for one in given)
    return tuple(one for one in followed if one.values)


def changes(scores: Sequence[Scores]) -> tuple[Change, ...]:
    """Each rating that was given at the newest check-in, beside the first there is of it."""
    given = ratings(scores)
    if not given or given[-1].occasion != "checkin":
        return ()
    return tuple(_since(given, given[-1]))


def _since(given: Sequence[Scores], last: Scores) -> Iterator[Change]:
    for measure in MEASURES:
        first = next((one for one in given if measure.code in one.values), None)
        if first is None or first is last or measure.code not in last.values:
            continue
        was, now = first.values[measure.code], last.values[measure.code]
        yield Change(measure.code, was, now, judged(measure, was, now))


def overall(scores: Sequence[Scores]) -> Verdict:
    """How somebody is since they began: worse if any rating is, or else better if any is."""
    found = {one.verdict for one in changes(scores)}
    return "worse" if "worse" in found else "better" if "better" in found else "same"


def turned_worse(scores: Sequence[Scores]) -> tuple[Change, ...]:
    """Each rating that the newest check-in shows to be worse, where that is news: worse than the time before, or worse
    than where it began while the time before was not."""
    given = ratings(scores)
    if len(given) < 2 or given[-1].occasion != "checkin":
        return ()
    known = {one.code for one in _since(given[:-1], given[-2]) if one.verdict == "worse"}
    found = {one.code: one for one in _since(given, given[-1]) if one.verdict == "worse" and one.code not in known}
    for measure in MEASURES:
        before, now = given[-2].values.get(measure.code), given[-1].values.get(measure.code)
        if before is not None and now is not None and judged(measure, before, now) == "worse":
            found[measure.code] = Change(measure.code, before, now, "worse")
    return tuple(found[code] for code in CODES if code in found)


def standing(progress: Progress) -> Standing:
    """How somebody is for the page of the week. Whoever let two askings pass is silent, whatever they said before."""
    if progress.asked >= _IGNORED_WEEKLY:
        return "silent"
    told: dict[Verdict, Standing] = {"better": "improved", "worse": "worsened", "same": "steady"}
    return told[overall(progress.scores)]


# --- when it is asked


def next_asking(plan: Plan, quiet: Quiet, after: datetime) -> datetime:
    """When somebody with this plan is asked how they are, for the first time after `after`, in UTC: at the plan's
    hour (not in the quiet hours), on the last day of the week without advice, or on Sundays."""
    free = [day for day in range(7) if day not in plan.days]
    return next_due(frozenset({max(free, default=6)}), quiet.after(plan.at), ZoneInfo(plan.zone), after)


def first_asking(plan: Plan, quiet: Quiet, now: datetime) -> datetime:
    """The first time for a plan begun now."""
    return next_asking(plan, quiet, now + _SETTLES)


def following_asking(plan: Plan, quiet: Quiet, now: datetime, ignored: int) -> datetime:
    """The time after the one of now, where `ignored` askings in a row, this one among them, have no answer yet: in a
    week, or in two; not on the same day again, where they have moved or changed the hour."""
    return next_asking(plan, quiet, now + _SETTLES + (WEEK if ignored >= _IGNORED_WEEKLY else timedelta()))


def gives_up(ignored: int) -> bool:
    """Whether somebody who let so many askings in a row pass is asked no more."""
    return ignored >= _IGNORED_AT_ALL
