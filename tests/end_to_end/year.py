"""A year of lifestyle advice, once as the house sends it and once as a slow look at every quarter of an hour has it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from importlib.resources import files
from itertools import count
from zoneinfo import ZoneInfo

from benchmarks.at_work import reception_of
from bot import flows
from bot.engine import Engine
from bot.flows.content import Content
from bot.flows.flow import START, Turn
from bot.flows.tips import Tips
from bot.model import (
    Arrival,
    CloseRecord,
    Facts,
    GiveConsent,
    Identify,
    Needs,
    OpenRecord,
    Parcel,
    Plan,
    Tap,
)
from bot.practice.advice import PHASES, Advice, Topic
from bot.reception import Reception
from storage.database import open_database
from storage.transaction import Actor
from storage.work import Work
from tests.house import practice

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
YEAR = timedelta(days=365)
QUARTER = timedelta(minutes=15)
TWELVE_WEEKS, TWO_HOURS, TWELVE_HOURS, WEEK = (
    timedelta(weeks=12),
    timedelta(hours=2),
    timedelta(hours=12),
    timedelta(weeks=1),
)
NIGHT_BEGINS, NIGHT_ENDS = time(21), time(8)
TIPS = 80
"""More topics than four weeks can hold: what fits whom is proved elsewhere."""

Outage = tuple[datetime, datetime]


@dataclass(frozen=True)
class Life:
    """One patient's year: what they chose, where they moved and when, when they paused, whether they ever tap."""

    chat: int
    days: frozenset[int]
    at: time
    zone: str
    weekly: int
    moves: tuple[tuple[datetime, str], ...] = ()
    pauses: tuple[datetime, ...] = ()
    taps: bool = True


def zones() -> list[str]:
    """Every zone somebody lives by."""
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    return sorted({line.split("\t")[2] for line in lines if not line.startswith("#")})


def content() -> Content:
    """The example practice, with advice enough for everybody."""
    topics = [Topic(f"T{n}", f"g{n % 7}", frozenset(PHASES), "Do.", "Why.", (), reviewed=False) for n in range(TIPS)]
    return replace(practice().content, advice=Advice(tuple(topics), ()))


# --- the slow look


def expected(life: Life, outages: Sequence[Outage]) -> Iterator[datetime]:
    """When a message comes: each quarter of an hour of the year is looked at."""
    zone, decided, last, paused = ZoneInfo(life.zone), BEGIN, None, BEGIN
    unanswered, pace = 0, float(life.weekly)
    happenings = sorted([*((at, to) for at, to in life.moves), *((at, "") for at in life.pauses)])
    moment = BEGIN
    while (moment := moment + QUARTER) <= BEGIN + YEAR:
        while happenings and happenings[0][0] < moment:
            at, to = happenings.pop(0)
            zone, decided = ZoneInfo(to or zone.key), at
            paused = paused if to else at + WEEK
            pace = life.weekly if at - BEGIN < TWELVE_WEEKS else 1
        if moment <= max(decided, paused) or (last and moment <= last + TWELVE_HOURS):
            continue
        if last and pace < 1 and moment <= last + WEEK:
            continue
        wall = moment.astimezone(zone)
        if wall.time() != life.at or wall.fold or wall.weekday() not in days_of(life, pace):
            continue
        decided = next((up for down, up in outages if down <= moment < up), moment)
        shown = decided.astimezone(zone).time()
        late = decided - moment > TWO_HOURS or shown >= NIGHT_BEGINS or shown < NIGHT_ENDS
        pace = life.weekly if decided - BEGIN < TWELVE_WEEKS else 1
        if not late:
            unanswered += 1 if last and not life.taps else 0
            yield decided
            if unanswered >= 10:
                return
            last = decided
        pace = pace / 2 if unanswered >= 3 and pace == 1 else pace // 2 if unanswered >= 3 else pace


def days_of(life: Life, pace: float) -> set[int]:
    days, wanted = sorted(life.days), max(1, min(int(pace), len(life.days)))
    return {days[place * len(days) // wanted] for place in range(wanted)}


# --- the house


@dataclass
class Year:
    """The house on one database, its clock going from one thing to the next."""

    url: str
    lives: Sequence[Life]
    outages: Sequence[Outage]
    now: datetime = BEGIN
    sent: dict[int, list[datetime]] = field(default_factory=dict)
    restarts: int = 0

    def __post_init__(self) -> None:
        self.content = content()
        self.tips = Tips(self.content)
        house = flows.build(self.content)
        self._practice = replace(practice(), content=self.content, house=house, engine=Engine(house))
        self._updates = count(1)
        self._reception = self._opened()

    def _opened(self) -> Reception:
        self._database = open_database(self.url)
        reception = reception_of(
            self._database,
            self._practice,
            now=lambda: self.now,
            run_id=f"run{self.restarts}",
            hand_over=self._hand_over,
        )
        reception.start()
        return reception

    def _hand_over(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            self._reception.settled(parcel, "sent", message_id=1)

    def close(self) -> None:
        self._reception.stop()
        self._database.close()

    def run(self) -> None:
        """The whole year."""
        with closing(self):
            for life in self.lives:
                self._reception.do(partial(self._begin, life=life)).result(30)
            happenings = [(at, life, to) for life in self.lives for at, to in life.moves]
            happenings += [(at, life, "") for life in self.lives for at in life.pauses]
            happenings.sort(key=lambda one: one[0])
            while (stop := self._next(happenings)) is not None:
                self.now = stop
                while happenings and happenings[0][0] <= self.now:
                    _, life, to = happenings.pop(0)
                    self._happens(life, to)
                self._reception.due().result(60)
                self._deliver()

    def _next(self, happenings: Sequence[tuple[datetime, Life, str]]) -> datetime | None:
        planned = self._reception.upcoming(1).result(30)
        stops = [max(one[0], self.now) for one in planned] + [one[0] for one in happenings[:1]]
        stop = min(stops, default=None)
        if stop is None or stop > BEGIN + YEAR:
            return None
        for down, up in self.outages:
            if down <= stop < up:
                self._restart()
                return up
        return stop

    def _restart(self) -> None:
        self.close()
        self.restarts += 1
        self._reception = self._opened()

    def _begin(self, work: Work, life: Life) -> None:
        actor = self._actor(work, life)
        form = self.content.form.canonical
        deeds = (GiveConsent("intake", "welcome.agree"), GiveConsent("reminders", "plan.offer"), OpenRecord(form))
        work.carry_out((*deeds, Identify(name="Ann"), CloseRecord("completed")), actor)
        plan = Plan(life.days, life.at, life.zone, "on", life.weekly, BEGIN)
        self._do(work, life, lambda turn: self.tips.begin_anew(turn, plan))

    def _happens(self, life: Life, to: str) -> None:
        def happen(work: Work) -> None:
            def deed(turn: Turn) -> None:
                plan = turn.facts.plan
                assert plan is not None
                if to:
                    self.tips.begin_anew(turn, replace(plan, zone=to, state="on", paused_until=plan.paused_until))
                else:
                    self.tips.paused(turn, plan)

            self._do(work, life, deed)

        self._reception.do(happen).result(30)

    def _do(self, work: Work, life: Life, deed: Callable[[Turn], None]) -> None:
        actor = self._actor(work, life)
        known = work.gather(Needs(frozenset({"patient", "plan", "topics"})), actor)
        turn = Turn("", START, Facts(self.now, actor.account, **known), {})
        deed(turn)
        work.carry_out(turn.effects, actor)

    def _actor(self, work: Work, life: Life) -> Actor:
        dialogue = work.dialogues.by_chat({life.chat: "en"})[life.chat]
        return Actor(dialogue.account, None, practice().words.digest)

    def _deliver(self) -> None:
        lives = {life.chat: life for life in self.lives}
        while parcels := self._reception.claim(500).result(30):
            for parcel in parcels:
                self.sent.setdefault(parcel.chat_id, []).append(self.now)
                self._reception.settled(parcel, "sent", message_id=1)
            taps = [self._tap(one) for one in parcels if lives[one.chat_id].taps]
            self._reception.receive(taps).result(30)

    def _tap(self, parcel: Parcel) -> Arrival:
        data = parcel.body["rows"][0][0][1]
        return Arrival(parcel.chat_id, Tap(data, "c", 1), bot_id=1, update_id=next(self._updates), locale="en")
