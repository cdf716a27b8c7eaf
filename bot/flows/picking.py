"""A date, a moment or a time picked by buttons: decade, year, month, day, hour and quarter of an hour, one after the
other, within the one question.

What is picked so far is a tuple of codes, such as `("y2024", "m05")`; each tap adds one, back takes one away.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from bot.flows.answers import rows_of
from bot.flows.dates import EARLIEST, LATEST, moment
from bot.flows.flow import Button, spoken
from bot.flows.reading import BORN
from bot.model import Say
from bot.practice import values as fhir
from bot.practice.items import Item
from bot.practice.values import Value

ONLY = "only"
"""The button for somebody who knows no more than what is picked already."""
OTHER = "other"
"""The button for a year longer ago, or further ahead, than those shown."""
SAYS = (*(spoken(f"intake.{name}", name) for name in ("decade", "year", "hour")), spoken("intake.other_year"))
PICKED = ("date", "dateTime", "time")
"""The types of question answered so."""

_RECENT = 11
_LIFETIME = 110
"""Years: nobody is older, and few things are longer ago."""

Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Picking:
    """A question of one of the types `PICKED`, as far as it is picked. `today` is the day where the patient is."""

    item: Item
    picked: tuple[str, ...]
    today: date
    zone: ZoneInfo

    @property
    def rows(self) -> Rows:
        """The buttons that come next."""
        if self.item.type == "time" or self._day:
            return self._clock()
        if self._month:
            return (*rows_of([self._button(f"d{day:02}", str(day)) for day in self._days()], 7), *self._enough())
        if self._year:
            months = [self._button(f"m{one:02}", ("monthname", date(self._year, one, 1))) for one in self._months()]
            return (*rows_of(months, 4), *self._enough())
        return self._years()

    def then(self, code: str) -> "Picking":
        """With the next button tapped."""
        return Picking(self.item, (*self.picked, code), self.today, self.zone)

    @property
    def value(self) -> Value | None:
        """What is picked, whether or not it could be more exact; None where it is nothing yet."""
        clock, day = self._part("q"), self._written_day()
        if self.item.type == "time":
            return {"valueTime": f"{clock[:2]}:{clock[2:]}:00"} if clock else None
        if not day:
            return None
        if self.item.type == "date":
            return {"valueDate": day}
        if clock:
            return {"valueDateTime": moment(day, f"{clock[:2]}:{clock[2:]}:00", self.zone)}
        return {"valueDateTime": day}

    @property
    def is_whole(self) -> bool:
        """Whether nothing more is to be picked."""
        return bool(self._day) if self.item.type == "date" else bool(self._part("q"))

    # --- years, months and days

    def _years(self) -> Rows:
        first, last = self._least.year, self._most.year
        if decade := self._part("c"):
            shown = range(max(first, int(decade)), min(last, int(decade) + 9) + 1)
            return rows_of([self._button(f"y{one}", str(one)) for one in shown], 5)
        if last - first <= _RECENT:
            return rows_of([self._year_button(one) for one in range(first, last + 1)], 4)
        if self.item.link_id == BORN or OTHER in self.picked:
            decades = range(first // 10 * 10, last + 1, 10)
            labelled = [self._button(f"c{one}", Say("intake.decade", {"decade": str(one)})) for one in decades]
            return rows_of(labelled, 4)
        upto = max(first + _RECENT - 1, min(last, self.today.year + 1))
        recent = [self._year_button(one) for one in range(upto - _RECENT + 1, upto + 1)]
        return rows_of([*recent, self._button(OTHER, Say("intake.other_year"))], 4)

    def _year_button(self, year: int) -> Button:
        """Its label says that there is more to come: a year that is typed is an answer of its own."""
        return self._button(f"y{year}", Say("intake.year", {"year": str(year)}))

    def _months(self) -> Iterable[int]:
        year = self._year
        return [
            month
            for month in range(1, 13)
            if date(year, month, 1) <= self._most and date(year, month, monthrange(year, month)[1]) >= self._least
        ]

    def _days(self) -> Iterable[int]:
        year, month = self._year, self._month
        return [
            day
            for day in range(1, monthrange(year, month)[1] + 1)
            if self._least <= date(year, month, day) <= self._most
        ]

    def _enough(self) -> Rows:
        return () if self.item.link_id == BORN else ((Button(ONLY),),)

    @property
    def _least(self) -> date:
        latest = min(self.today, self._told(self.item.most, ("12", "31")) or self.today)
        return self._told(self.item.least, ("01", "01")) or latest - timedelta(days=_LIFETIME * 365)

    @property
    def _most(self) -> date:
        if told := self._told(self.item.most, ("12", "31")):
            return told
        ahead = max(self._told(self.item.least, ("01", "01")) or self.today, self.today)
        return ahead if self.item.link_id == BORN else date(ahead.year + 1, 12, 31)

    def _told(self, bound: Value | None, rest: Sequence[str]) -> date | None:
        """A bound as a day: of a month or year alone the first or the last one; None where it is no date to show."""
        written = str(fhir.content(bound))[:10] if bound else ""
        try:
            year, month, day = map(int, [*written.split("-"), *rest[written.count("-") :]])
            return date(year, month, min(day, monthrange(year, month)[1])) if EARLIEST <= year <= LATEST else None
        except ValueError:
            return None

    # --- hours and quarters

    def _clock(self) -> Rows:
        if hour := self._part("h"):
            quarters = [time(int(hour), minute) for minute in (0, 15, 30, 45)]
            shown = [one for one in quarters if self._is_open(one, one)]
            return (tuple(self._button(f"q{one:%H%M}", ("time", one)) for one in shown),)
        hours = [one for one in range(24) if self._is_open(time(one), time(one, 45))]
        labelled = [self._button(f"h{one:02}", Say("intake.hour", {"hour": time(one)})) for one in hours]
        return (*rows_of(labelled, 4), *(self._enough() if self.item.type == "dateTime" else ()))

    def _is_open(self, first: time, last: time) -> bool:
        """Whether a stretch of the day is not wholly outside of what a time may be."""
        if self.item.type != "time":
            return True
        least, most = self.item.least, self.item.most
        too_early = least is not None and fhir.compare({"valueTime": last.isoformat()}, least) == -1
        return not too_early and not (most is not None and fhir.compare({"valueTime": first.isoformat()}, most) == 1)

    # --- what is picked

    def _part(self, kind: str) -> str:
        return next((code[1:] for code in self.picked if code[0] == kind and code != OTHER), "")

    @property
    def _year(self) -> int:
        return int(self._part("y") or 0)

    @property
    def _month(self) -> int:
        return int(self._part("m") or 0)

    @property
    def _day(self) -> int:
        return int(self._part("d") or 0)

    def _written_day(self) -> str:
        return "-".join(filter(None, (self._part("y"), self._part("m"), self._part("d"))))

    def _button(self, code: str, label: object) -> Button:
        return Button(f"{self.item.digest}.{code}", label)
