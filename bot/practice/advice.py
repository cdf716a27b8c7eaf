"""Lifestyle advice: which topic comes next, and when.

Topics are content (`advice.yaml`). Recurrence runs APScheduler's cron trigger as a wall calendar: wall times
are handed to it as if they were UTC, and `wall.instant` turns what it answers into a moment. Run in a local
zone it fires twice when clocks go back and loses times when they go forward.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from bot.practice.binding import UNSOURCED, code, codes
from bot.practice.findings import Finding, Loc, Resource
from bot.practice.forms import Form
from bot.practice.items import Answers
from bot.practice.wall import instant, on_the_wall
from bot.source import nearest

AGAIN_AFTER = timedelta(weeks=4)
"""No topic comes twice sooner."""

LATEST = timedelta(hours=2)
"""Advice later than this is skipped, not sent: it would come at a time nobody chose."""

_TOPIC_FIELDS = ("do", "why", "source", "reviewed", "for", "only", "never")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Topic:
    """One piece of advice."""

    id: str
    do: str
    """One thing to do."""
    why: str
    source: str
    reviewed: bool
    fits: frozenset[str] = frozenset()
    """Tags of those it fits best."""
    only: frozenset[str] = frozenset()
    """Tags without all of which it does not go out."""
    never: frozenset[str] = frozenset()
    """Tags with any of which it does not."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A fact about somebody that decides on topics: one of these answers to one question."""

    id: str
    link_id: str
    codes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Advice:
    """Every topic, in the order they come where nothing else decides, and the tags they go by."""

    topics: tuple[Topic, ...]
    tags: tuple[Tag, ...]

    def topic(self, wanted: str) -> Topic | None:
        """The topic of this id."""
        return next((topic for topic in self.topics if topic.id == wanted), None)

    def tags_of(self, form: Form, answers: Answers) -> frozenset[str]:
        """The tags somebody's answers give them."""
        return frozenset(
            tag.id for tag in self.tags if any(code(value) in tag.codes for value in form.given(tag.link_id, answers))
        )

    @property
    def unreviewed(self) -> tuple[str, ...]:
        """The topics nobody has signed off yet."""
        return tuple(topic.id for topic in self.topics if not topic.reviewed)


def choose(topics: Iterable[Topic], tags: frozenset[str], sent: Mapping[str, datetime], now: datetime) -> str | None:
    """The id of the topic to send next; None if there is none to send.

    `sent` says when each topic last went out. Those of the last four weeks, those with a tag they never go
    with and those without a tag they need are left out. Of the rest the one that fits most tags, then the
    one not sent for longest, then the first.
    """
    fitting = [
        topic
        for topic in topics
        if topic.only <= tags
        and not topic.never & tags
        and (topic.id not in sent or now - sent[topic.id] >= AGAIN_AFTER)
    ]
    long_ago = datetime.min.replace(tzinfo=UTC)
    best = min(fitting, key=lambda topic: (-len(topic.fits & tags), sent.get(topic.id, long_ago)), default=None)
    return best.id if best else None


def next_due(days: frozenset[int], hour: int, zone: ZoneInfo, after: datetime) -> datetime:
    """The first moment after `after`, in UTC, when clocks in `zone` show `hour` o'clock on one of `days`.

    Monday is 0. An hour that clocks skip that day comes as much later, one they show twice the first time.
    Raises ValueError if there are no days, or a day or hour is none.
    """
    calendar = _calendar(days, hour)
    # A time that was skipped comes after clocks already show a later one, so the search starts a day back.
    wall = on_the_wall(after, zone) - timedelta(days=1)
    while True:
        shown = calendar.get_next_fire_time(None, wall.replace(tzinfo=UTC)).replace(tzinfo=None)
        moment = instant(shown, zone)
        if moment > after:
            return moment
        wall = shown + timedelta(seconds=1)


def is_missed(due: datetime, now: datetime) -> bool:
    """Whether advice due at `due` is too late to send at `now`."""
    return now - due > LATEST


@lru_cache(maxsize=1024)
def _calendar(days: frozenset[int], hour: int) -> Any:
    if not days or not days <= set(range(7)) or hour not in range(24):
        raise ValueError("advice needs weekdays from 0 to 6 and an hour from 0 to 23")
    named = ",".join(map(str, sorted(days)))
    return CronTrigger(day_of_week=named, hour=hour, minute=0, second=0, timezone=UTC)


def load(content: object, form: Form) -> tuple[Advice | None, list[Finding]]:
    """The topics of `advice.yaml`, read as text, and everything wrong with them.

    There is no advice if a finding is fatal: a topic without something to do, a why or a source; a tag that
    is not explained, or goes by an answer the form does not have; a figure that has no source.
    """
    reader = _Reader(form)
    advice = reader.advice(content)
    return (None if any(one.fatal for one in reader.findings) else advice), reader.findings


class _Reader(Resource):
    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form

    def advice(self, content: object) -> Advice | None:
        parts = content if isinstance(content, Mapping) else {}
        topics, tags = parts.get("topics"), parts.get("tags", {})
        if not isinstance(topics, Mapping) or not isinstance(tags, Mapping):
            self.fatal((), "no topics")
            return None
        for name in parts:
            if name not in ("topics", "tags"):
                self.fatal((name,), f"unknown key '{name}'{nearest(str(name), ['topics', 'tags'])}")
        read = [self._tag(str(name), raw, ("tags", name)) for name, raw in tags.items()]
        known = [str(name) for name in tags]
        found = [self._topic(str(name), raw, ("topics", name), known) for name, raw in topics.items()]
        return Advice(tuple(one for one in found if one), tuple(one for one in read if one))

    def _tag(self, name: str, raw: object, loc: Loc) -> Tag | None:
        link_id = str(raw.get("ask")) if isinstance(raw, Mapping) else ""
        wanted = raw.get("answers") if isinstance(raw, Mapping) else None
        if link_id not in self.form:
            self.fatal(loc, f"the form has no item '{link_id}'")
            return None
        if not isinstance(wanted, list) or not wanted:
            self.fatal((*loc, "answers"), "a tag needs a list of answers")
            return None
        known = codes(self.form.item(link_id))
        for one in wanted:
            if one not in known:
                self.fatal((*loc, "answers"), f"'{link_id}' has no answer '{one}'{nearest(str(one), known)}")
        return Tag(name, link_id, frozenset(map(str, wanted)))

    def _topic(self, name: str, raw: object, loc: Loc, known: Sequence[str]) -> Topic | None:
        if not isinstance(raw, Mapping):
            self.fatal(loc, "a topic has fields")
            return None
        for key in raw:
            if key not in _TOPIC_FIELDS:
                self.fatal((*loc, key), f"unknown key '{key}'{nearest(str(key), _TOPIC_FIELDS)}")
        said = {key: self.text(raw, key, loc).strip() for key in ("do", "why", "source")}
        for key, text in said.items():
            if not text:
                self.fatal((*loc, key), f"{key} is missing")
        if len(said["do"]) + len(said["why"]) > _LONGEST:
            self.fatal(loc, f"over {_LONGEST} characters")
        reviewed = str(raw.get("reviewed"))
        if reviewed not in ("yes", "no"):
            self.fatal((*loc, "reviewed"), "reviewed must be yes or no")
        if said["source"] == UNSOURCED:
            if reviewed == "yes":
                self.fatal((*loc, "reviewed"), f"'{UNSOURCED}' is no source: it cannot be reviewed")
            if re.search(r"\d", said["do"] + said["why"]):
                self.fatal(loc, "a figure without a source")
        tags = {key: self._tags(raw, key, loc, known) for key in ("for", "only", "never")}
        return Topic(name, said["do"], said["why"], said["source"], reviewed == "yes", *tags.values())

    def _tags(self, raw: Mapping[str, Any], key: str, loc: Loc, known: Sequence[str]) -> frozenset[str]:
        found = [str(tag) for _, tag in self.each(raw, key, loc)]
        for tag in found:
            if tag not in known:
                self.fatal((*loc, key), f"no tag '{tag}'{nearest(tag, known)}")
        return frozenset(found)
