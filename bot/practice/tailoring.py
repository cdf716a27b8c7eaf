"""Which advice fits somebody today: a ranked list of topics, each with the reason it was chosen.

A pure function of what a patient answered, of flags and visits, and of what they thought of earlier tips:

    tags = tags_of(advice, content.safety, [(content.form, record.answers), (content.check, check.answers)], codes)
    person = Person(tags, zone=zone, last_visit=..., next_visit=..., sent=..., done=..., unwanted=...)
    for pick in ranked(advice, person, now):   # the first is the one to send; () is: send nothing
        topic = advice.topic(pick.topic)       # .told(numbers) is what to do, .why is why
        line = advice.reason(pick.reason)      # 'You told us about sitting.'; '' for none
        cited = advice.cited(topic)            # short names of its sources; () for general advice

On the day of a visit, once it has ended, aftercare comes first.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from bot.practice.advice import AGAIN_AFTER, Advice, Phase, Topic
from bot.practice.forms import Form
from bot.practice.items import Answers
from bot.practice.safety import Safety
from bot.practice.wall import on_the_wall

COURSE_OVER = timedelta(weeks=4)
"""So long after the last visit, with none booked, a course of treatment counts as over."""

FIRST = 3
"""So many tips come before the first of those that come every month: nobody is greeted with warning signs."""

_UTC = ZoneInfo("UTC")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of somebody when a tip is chosen. All moments know their zone."""

    tags: frozenset[str] = frozenset()
    """What their answers say of them; see `tags_of`."""
    held: bool = False
    """An emergency or a doctor's sign that nobody has released: no advice at all until then."""
    last_visit: datetime | None = None
    """When their last visit ended (`Facts.last_visit`)."""
    next_visit: datetime | None = None
    """When the next one that stands begins."""
    zone: ZoneInfo = _UTC
    """Where they are: it says which day it is."""
    sent: Mapping[str, datetime] = field(default_factory=dict)
    """The topics they were sent, and when last."""
    done: Mapping[str, int] = field(default_factory=dict)
    """How often they tapped 'Done' under a topic."""
    unwanted: frozenset[str] = frozenset()
    """Topics under which they tapped 'Not for me', and groups they left out."""
    flare: bool = False
    """They are having a bad spell."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A topic that fits, and why: a tag or a phase that has words for it (`Advice.reason`), '' for no reason in
    particular."""

    topic: str
    reason: str = ""


def tags_of(
    advice: Advice, safety: Safety, told: Iterable[tuple[Form, Answers]], flags: Iterable[str] = ()
) -> frozenset[str]:
    """The tags of somebody who answered these forms and has flags of these codes.

    What one form says another does not take back: who was pregnant in the assessment stays so, for what is never
    advised then. A question is unanswered if none of the forms has an answer to it.
    """
    rules, found, answered = frozenset(flags), frozenset[str](), frozenset[str]()
    for form, answers in told:
        known = rules.union(one.code for one in safety.modifiers(form, answers))
        found |= advice.tags_of(form, answers, known)
        answered |= advice.answered(form, answers)
    return found | advice.unknown(answered)


def edition(advice: Advice, safety: Safety, forms: Iterable[Form]) -> str:
    """What tags are read by, in short: it changes with that alone, and is the same in every process."""
    tags = [[tag.id, dict(tag.answers), tag.rules, tag.unanswered] for tag in advice.tags]
    rules = [[rule.id, dict(rule.answers)] for rule in safety.rules]
    read = json.dumps([tags, rules, [form.canonical for form in forms]], default=sorted)
    return sha256(read.encode()).hexdigest()[:16]


def phases(person: Person, now: datetime) -> tuple[Phase, ...]:
    """Where somebody is in their treatment, the most pressing first."""
    last = person.last_visit if person.last_visit and person.last_visit <= now else None
    if person.flare:
        usual: Phase = "flare"
    elif last is None:
        usual = "before"
    elif person.next_visit is None and now - last >= COURSE_OVER:
        usual = "after"
    else:
        usual = "between"
    treated = last and on_the_wall(last, person.zone).date() == on_the_wall(now, person.zone).date()
    return ("treatment", usual) if treated else (usual,)


def ranked(advice: Advice, person: Person, now: datetime) -> tuple[Pick, ...]:
    """The topics that may go out now, the best first.

    None goes out without the tags it needs, with one it never goes with, out of its phases, twice in four weeks, or
    against somebody's wish. Of those left: aftercare on the day of a visit; another group than last time; what comes
    every month, if a month is over; what was never sent before what was; then what fits best and what is liked.
    """
    here = phases(person, now)
    order = _Order(advice, person, now, here)
    fitting = [topic for topic in advice.topics if _fits(topic, person, now, here)]
    return tuple(
        Pick(topic.id, reason_for(advice, topic, person.tags, here)) for topic in sorted(fitting, key=order.place)
    )


def calm_plan(advice: Advice, person: Person, now: datetime, most: int = 3) -> tuple[Pick, ...]:
    """What to do today in a bad spell that somebody tells of: the best few topics for one, each of another group.

    They asked for it, so it does not matter when a topic was last sent; everything else `ranked` goes by does.
    """
    asked = replace(person, flare=True, sent={})
    found: dict[str, Pick] = {}
    for pick in ranked(advice, asked, now):
        topic = advice.topic(pick.topic)
        if topic and "flare" in topic.phases and not topic.monthly:
            found.setdefault(topic.group, pick)
    return tuple(found.values())[:most]


def suits(topic: Topic, person: Person) -> bool:
    """Whether neither what is known of somebody nor their own wish rules a topic out, whenever it comes."""
    return (
        not person.held
        and topic.only <= person.tags
        and not topic.never & person.tags
        and not {topic.id, topic.group} & person.unwanted
    )


def _fits(topic: Topic, person: Person, now: datetime, here: tuple[Phase, ...]) -> bool:
    last = person.sent.get(topic.id)
    is_rested = last is None or now - last >= AGAIN_AFTER
    return suits(topic, person) and not topic.phases.isdisjoint(here) and is_rested


def reason_for(advice: Advice, topic: Topic, tags: frozenset[str], here: tuple[Phase, ...] = ()) -> str:
    """Why somebody with these tags gets a topic: what it fits best and has words, else the phase it belongs to if that
    is one alone; '' for no reason in particular. `here` are the phases they are in, where that is known."""
    own = topic.phases if len(topic.phases) == 1 else frozenset[Phase]()
    told = [tag for tag in (*topic.fits, *sorted(topic.only)) if tag in tags or tag in here or tag in own]
    return next((one for one in (*told, *own) if advice.reason(one)), "")


class _Order:
    """What comes before what."""

    def __init__(self, advice: Advice, person: Person, now: datetime, here: tuple[Phase, ...]) -> None:
        self.person = person
        self.now = now
        self.here = here
        groups = {topic.id: topic.group for topic in advice.topics}
        newest = max(((at, topic) for topic, at in person.sent.items() if topic in groups), default=(now, ""))
        self.last_group = groups.get(newest[1], "")
        self.liked: Counter[str] = Counter()
        for topic, often in person.done.items():
            self.liked[groups.get(topic, "")] += min(often, 1)
        for topic in person.unwanted & groups.keys():
            self.liked[groups[topic]] -= 2

    def place(self, topic: Topic) -> tuple[Any, ...]:
        """Smaller comes first."""
        last = self.person.sent.get(topic.id)
        liking = self.liked[topic.group]
        monthly = topic.monthly and (last is not None or len(self.person.sent) >= FIRST)
        return (
            next(index for index, phase in enumerate(self.here) if phase in topic.phases),
            topic.group == self.last_group,
            not monthly,
            liking < 0,
            last is not None,
            -self._fit(topic) - liking,
            last or _LONG_AGO,
        )

    def _fit(self, topic: Topic) -> int:
        """Two for each tag it fits; what fits it best tips the scale."""
        fitting = [tag for tag in topic.fits if tag in self.person.tags or tag in self.here]
        return 2 * len(fitting) + (fitting[:1] == list(topic.fits[:1]) != [])
