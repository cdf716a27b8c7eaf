"""Lifestyle advice: its topics, as content has them (`advice.yaml`). Which one fits somebody is decided in `tailoring`,
when it comes in `rhythm`."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, get_args

from bot.practice import values
from bot.practice.binding import UNSOURCED, Rules, code
from bot.practice.findings import Finding, Loc
from bot.practice.forms import Form
from bot.practice.items import Answers, Item
from bot.source import nearest

AGAIN_AFTER = timedelta(weeks=4)
"""No topic comes twice sooner."""

Phase = Literal["before", "between", "treatment", "flare", "after"]
"""Where somebody is: before the first visit; between visits; the day of one, once it is over; in a bad spell; after
the course."""

PHASES: tuple[Phase, ...] = get_args(Phase)
NUMBERS = ("emergency", "phone", "out_of_hours")
"""Gaps that what is to be done may have: {emergency} is the number of the emergency services."""

_PARTS = ("groups", "always", "phases", "tags", "topics")
_TAG_FIELDS = ("answers", "rules", "unanswered", "because")
_TOPIC_FIELDS = ("group", "phase", "do", "why", "source", "reviewed", "for", "only", "never", "monthly")
_LONGEST = 360
_GAP = re.compile(r"\{([^{}]*)\}")
_GROUP = re.compile(r"(?!done$)[a-z][a-z0-9-]{0,31}")
"""It stands in a button's data, of 64 bytes, beside the button that ends the choice."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One piece of advice."""

    id: str
    group: str
    phases: frozenset[Phase]
    """When it goes out; at no other time."""
    do: str
    """One thing to do. It may have gaps for `NUMBERS`."""
    why: str
    sources: tuple[str, ...]
    """Keys of the practice's sources; none for general advice."""
    reviewed: bool
    fits: tuple[str, ...] = ()
    """Tags of those it fits best, the most telling first; a phase stands for everybody who is in it."""
    only: frozenset[str] = frozenset()
    """Tags without all of which it does not go out."""
    never: frozenset[str] = frozenset()
    """Tags with any of which it does not."""
    monthly: bool = False
    """It comes again every four weeks, before others."""

    def told(self, numbers: Mapping[str, str]) -> str:
        """What to do, with its gaps filled."""
        return _GAP.sub(lambda gap: numbers[gap[1]], self.do)


@dataclass(frozen=True, slots=True)
class Tag:
    """A fact about somebody that decides on topics: one of these answers, or a rule that found something."""

    id: str
    answers: Mapping[str, frozenset[str]]
    """By linkId: the codes that tell it, or the numbers. Any of them is enough."""
    rules: frozenset[str] = frozenset()
    """Ids of rules of `screening.yaml` and `safety.yaml`. Any of them is enough too."""
    unanswered: frozenset[str] = frozenset()
    """The linkIds of questions: as long as one of them has no answer, that is enough as well."""
    because: str = ""
    """What is said of a topic chosen for it; nothing where it decides in silence."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Every topic, in the order they come where nothing else decides, and the tags they go by."""

    topics: tuple[Topic, ...]
    tags: tuple[Tag, ...]
    groups: Mapping[str, str] = field(default_factory=dict)
    """What topics are about, by id: words for somebody who leaves a group out."""
    always: frozenset[str] = frozenset()
    """The groups nobody can leave out."""
    phases: Mapping[Phase, str] = field(default_factory=dict)
    """What is said of a topic that only this phase has."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """The short names of sources, by their keys."""
    _topics: Mapping[str, Topic] = field(init=False, repr=False)
    _reasons: Mapping[str, str] = field(init=False, repr=False)
    _asked: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_topics", {topic.id: topic for topic in self.topics})
        reasons = {tag.id: tag.because for tag in self.tags}
        object.__setattr__(self, "_reasons", reasons | {str(phase): said for phase, said in self.phases.items()})
        object.__setattr__(
            self, "_asked", frozenset(name for tag in self.tags for name in (*tag.answers, *tag.unanswered))
        )

    def topic(self, wanted: str) -> Topic | None:
        """The topic of this id."""
        return self._topics.get(wanted)

    @property
    def optional(self) -> Mapping[str, str]:
        """The groups that can be left out, with their words."""
        return {group: words for group, words in self.groups.items() if group not in self.always}

    def reason(self, wanted: str) -> str:
        """Why a topic was chosen, in words, by tag or phase; nothing where there are none."""
        return self._reasons.get(wanted, "")

    def cited(self, topic: Topic) -> tuple[str, ...]:
        """What a topic rests on, in short names; nothing for general advice."""
        return tuple(self.sources[key] for key in topic.sources if key in self.sources)

    def tags_of(self, form: Form, answers: Answers, rules: Collection[str] = ()) -> frozenset[str]:
        """The tags somebody's answers give them, and the rules that found something (`tailoring.tags_of`)."""
        given = form.given_to(self._asked, answers)
        return frozenset(
            tag.id
            for tag in self.tags
            if not tag.rules.isdisjoint(rules)
            or any(code(value) in codes for name, codes in tag.answers.items() for value in given.get(name, ()))
        )

    def answered(self, form: Form, answers: Answers) -> frozenset[str]:
        """The questions tags go by that have an answer."""
        return frozenset(name for name, given in form.given_to(self._asked, answers).items() if given)

    def unknown(self, answered: frozenset[str]) -> frozenset[str]:
        """The tags of somebody of whom only these questions are answered."""
        return frozenset(tag.id for tag in self.tags if tag.unanswered - answered)

    @property
    def unreviewed(self) -> tuple[str, ...]:
        """The topics nobody has signed off yet."""
        return tuple(topic.id for topic in self.topics if not topic.reviewed)


def load(
    content: object, form: Form, rules: Collection[str], sources: Mapping[str, str]
) -> tuple[Advice | None, list[Finding]]:
    """The topics of `advice.yaml`, read as text, and everything wrong with them.

    `rules` are the ids of the rules a tag may go by, `sources` the short names of all sources by their keys. There is
    no advice if a finding is fatal: a topic without a phase, something to do, a why or a source that is known; too many
    words; a tag that is not explained, or goes by an answer the form does not have; a figure that has no source.
    """
    reader = _Reader(form, rules, sources)
    advice = reader.advice(content)
    return (None if any(one.fatal for one in reader.findings) else advice), reader.findings


class _Reader(Rules):
    def __init__(self, form: Form, rules: Collection[str], sources: Mapping[str, str]) -> None:
        super().__init__(form, ())
        self.rules = rules
        self.sources = sources
        self.groups: Mapping[str, str] = {}
        self.tags: Collection[str] = ()

    def advice(self, content: object) -> Advice | None:
        if not isinstance(content, Mapping) or not isinstance(content.get("topics"), Mapping):
            self.fatal((), "no topics")
            return None
        self.fields(content, _PARTS, ())
        self.groups = self._groups(content)
        always = self._always(content)
        said = self._part(content, "phases")
        self.fields(said, PHASES, ("phases",))
        phases = {phase: self.text(said, phase, ("phases",)) for phase in PHASES}
        tags = self._part(content, "tags")
        self.tags = [str(name) for name in tags]
        read = [self._tag(str(name), raw, ("tags", name)) for name, raw in tags.items()]
        self.link_id = ""
        found = [self._topic(str(name), raw, ("topics", name)) for name, raw in content["topics"].items()]
        self._unused([one for one in found if one])
        return Advice(
            tuple(one for one in found if one),
            tuple(one for one in read if one),
            self.groups,
            always,
            phases,
            self.sources,
        )

    def _part(self, content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        held = content.get(name)
        if not isinstance(held, Mapping):
            self.fatal((name,) if name in content else (), f"{name} are missing")
            return {}
        return held

    def _groups(self, content: Mapping[str, Any]) -> Mapping[str, str]:
        named = self._part(content, "groups")
        for name in named:
            if not _GROUP.fullmatch(str(name)):
                self.fatal(("groups", name), "a group is called by a-z, 0-9 and -, at most 32, and not 'done'")
        return {name: self.text(named, name, ("groups",)) for name in named}

    def _always(self, content: Mapping[str, Any]) -> frozenset[str]:
        listed = [(at, str(one)) for at, one in self.each(content, "always", ())]
        for at, one in listed:
            if one not in self.groups:
                self.fatal(at, f"no group '{one}'{nearest(one, self.groups)}")
        return frozenset(one for _, one in listed)

    def _unused(self, topics: Iterable[Topic]) -> None:
        used = {name for topic in topics for name in (*topic.fits, *topic.only, *topic.never, topic.group)}
        for kind, names in (("tags", self.tags), ("groups", self.groups)):
            for name in names:
                if name not in used:
                    self.fatal((kind, name), f"no topic goes by '{name}'")

    def _tag(self, name: str, raw: object, loc: Loc) -> Tag | None:
        self.link_id = ""
        if not isinstance(raw, Mapping):
            self.fatal(loc, "a tag has fields")
            return None
        self.fields(raw, _TAG_FIELDS, loc)
        if name in PHASES:
            self.fatal(loc, f"'{name}' is a phase")
        rules = {at: str(one) for at, one in self.each(raw, "rules", loc)}
        for at, one in rules.items():
            if one not in self.rules:
                self.fatal(at, f"there is no rule '{one}'{nearest(one, self.rules)}")
        answers = raw.get("answers", {})
        unanswered = [(at, str(one)) for at, one in self.each(raw, "unanswered", loc)]
        for at, link_id in unanswered:
            self.asked(link_id, at)
        if not isinstance(answers, Mapping) or not (answers or rules or unanswered):
            self.fatal((*loc, "answers"), "a tag needs answers to a question, or rules, or questions unanswered")
            return None
        asked = {str(link_id): self._codes(str(link_id), listed, (*loc, "answers", link_id))
                 for link_id, listed in answers.items()}  # fmt: skip
        because = self.text(raw, "because", loc).strip()
        return Tag(name, asked, frozenset(rules.values()), frozenset(name for _, name in unanswered), because)

    def _codes(self, link_id: str, raw: object, loc: Loc) -> frozenset[str]:
        item = self.asked(link_id, loc)
        if not isinstance(raw, list) or not raw:
            self.fatal(loc, "a tag needs a list of answers")
            return frozenset()
        if item and item.type == "integer":
            return frozenset(self._number(item, str(one), (*loc, index)) for index, one in enumerate(raw))
        return (
            frozenset(self.code_of(item, one, (*loc, index)) for index, one in enumerate(raw)) if item else frozenset()
        )

    def _number(self, item: Item, written: str, loc: Loc) -> str:
        number = values.number(written)
        least, most = (values.number(values.content(one)) if one else number for one in (item.least, item.most))
        if number is None or least is None or most is None or not least <= number <= most:
            self.fatal(loc, f"'{item.link_id}' cannot be answered with '{written}'")
        return written

    def _topic(self, name: str, raw: object, loc: Loc) -> Topic | None:
        if not isinstance(raw, Mapping):
            self.fatal(loc, "a topic has fields")
            return None
        self.fields(raw, _TOPIC_FIELDS, loc)
        do, why, source = (self.needed(raw, part, loc).strip() for part in ("do", "why", "source"))
        if len(do) + len(why) > _LONGEST:
            self.fatal(loc, f"over {_LONGEST} characters")
        for gap in _GAP.findall(do + why):
            if gap not in NUMBERS or gap in _GAP.findall(why):
                self.fatal((*loc, "do"), f"nothing fills {{{gap}}}{nearest(gap, NUMBERS)}")
        reviewed = self.reviewed(raw, source, loc)
        sources = () if source == UNSOURCED else tuple(re.split(r"\s*;\s*", source))
        for one in filter(None, sources):
            if one not in self.sources:
                self.fatal((*loc, "source"), f"'{one}' is not in sources.yaml{nearest(one, self.sources)}")
        if not sources and re.search(r"\d", do + why):
            self.fatal(loc, "a figure without a source")
        group = self.needed(raw, "group", loc)
        if group and group not in self.groups:
            self.fatal((*loc, "group"), f"no group '{group}'{nearest(group, self.groups)}")
        fits = self._tags(raw, "for", loc, (*self.tags, *PHASES))
        only, never = (self._tags(raw, key, loc, self.tags) for key in ("only", "never"))
        return Topic(
            name,
            group,
            self._phases(raw, loc),
            do,
            why,
            sources,
            reviewed,
            tuple(fits),
            frozenset(only),
            frozenset(never),
            self._monthly(raw, loc),
        )

    def _monthly(self, raw: Mapping[str, Any], loc: Loc) -> bool:
        said = str(raw.get("monthly", "no"))
        if said not in ("yes", "no"):
            self.fatal((*loc, "monthly"), "monthly must be yes or no")
        return said == "yes"

    def _phases(self, raw: Mapping[str, Any], loc: Loc) -> frozenset[Phase]:
        listed = [str(one) for _, one in self.each(raw, "phase", loc)]
        for one in listed:
            if one not in PHASES:
                self.fatal((*loc, "phase"), f"no phase '{one}'{nearest(one, PHASES)}")
        if not listed:
            self.fatal((*loc, "phase"), f"phase must list some of {', '.join(PHASES)}")
        return frozenset(phase for phase in PHASES if phase in listed)

    def _tags(self, raw: Mapping[str, Any], key: str, loc: Loc, known: Collection[str]) -> list[str]:
        found = [str(tag) for _, tag in self.each(raw, key, loc)]
        for tag in found:
            if tag not in known:
                self.fatal((*loc, key), f"no tag '{tag}'{nearest(tag, known)}")
        return found
