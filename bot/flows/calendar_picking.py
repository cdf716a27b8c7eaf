"""The day and the time of a visit picked by buttons: a month as a calendar, then the free times of a day."""

from datetime import date, datetime

from bot.flows import month as months
from bot.flows.answers import REFUSED_CHOICE, Holds, Listed
from bot.flows.dates import read_day
from bot.flows.diary import Diary, time_code
from bot.flows.flow import Answer, Aside, Button, Given, Heard, Pick, Refused, Shown, Spoken, Stay, Turn, spoken
from bot.flows.month import CLOSED
from bot.model import Say, Text
from bot.practice.waiting import PARTS

_TIMES_SHOWN = 60


class Days(Answer):
    """A day of the month shown, another month, or the earliest time there is, at once; or a day that is typed.

    Answers with the code of a day (20260303), or of a time (20260303T0900) where the earliest was taken.
    """

    def __init__(self, diary: Diary) -> None:
        self._diary = diary

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return frozenset({"question", "month"}), frozenset({*PARTS, CLOSED})

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (
            REFUSED_CHOICE,
            spoken("booking.which_day"),
            spoken("booking.none_fits"),
            spoken("booking.earliest", "starts_at"),
            *months.SAYS,
            spoken("booking.no_time"),
            spoken("booking.unread_day"),
            spoken("booking.day_full", "day"),
            spoken("booking.day_far", "day", "until"),
        )

    # --- how it is put

    def show(self, turn: Turn) -> Shown:
        earliest = next(self._diary.fitting(turn, self._diary.free(turn)), None)
        month = self._month(turn, earliest)
        values = {"question": Say("booking.which_day" if earliest else "booking.none_fits"), "month": month}
        return Shown(
            values, (*self._shortcuts(turn, earliest), *self._calendar(turn, month), *self._turns(turn, month))
        )

    def _month(self, turn: Turn, earliest: datetime | None) -> date:
        """The first of the month shown: the one turned to, as long as it is open, else that of the earliest time."""
        here = self._diary.day(earliest).isoformat() if earliest else None
        return months.shown(turn.data.get("month", here), self._diary.today(turn), self._diary.until(turn))

    def _shortcuts(self, turn: Turn, earliest: datetime | None) -> tuple[tuple[Button, ...], ...]:
        parts = tuple(Button(part, ticked=part in turn.data.get("parts", ()) or None) for part in PARTS)
        if earliest is None:
            return (parts,)
        return ((Button(time_code(earliest), Say("booking.earliest", {"starts_at": earliest})),), parts)

    def _calendar(self, turn: Turn, month: date) -> tuple[tuple[Button, ...], ...]:
        today = self._diary.today(turn)
        starts = self._diary.free_in_month(turn, max(month, today))
        free = {self._diary.day(start) for start in self._diary.fitting(turn, starts)}
        return months.weeks(month, today, free.__contains__)

    def _turns(self, turn: Turn, month: date) -> tuple[tuple[Button, ...], ...]:
        """The ways to the months around it that are open."""
        return months.turns(month, self._diary.today(turn), self._diary.until(turn))

    def offers(self, turn: Turn, code: str) -> bool:
        """A time that is just being taken is an answer too: whoever taps it is told."""
        return super().offers(turn, code) or self._diary.could_start(turn, code)

    # --- how it is heard

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Aside | Refused:
        match heard:
            case Pick(code=code) if code == CLOSED:
                return Aside("booking.no_time")
            case Pick(code=code) if code in PARTS:
                ticked = turn.data.get("parts", [])
                turn.data.pop("month", None)
                return Stay({"parts": [part for part in PARTS if (part in ticked) != (part == code)]})
            case Pick(code=code) if code.startswith("m"):
                return Stay({"month": date.fromisoformat(code[1:]).isoformat()})
            case Pick(code=code):
                return Given(code)
            case Text(text=text):
                return self._typed(turn, text)
            case _:
                return Refused(REFUSED_CHOICE.key)

    def _typed(self, turn: Turn, text: str) -> Given | Refused:
        """A day that is typed counts as it is: what was ticked of its parts does not hide its times."""
        day = read_day(text, self._diary.today(turn))
        if day is None:
            return Refused("booking.unread_day")
        if day > self._diary.until(turn):
            return Refused("booking.day_far", {"day": day, "until": self._diary.until(turn)})
        starts = self._diary.free_on(turn, day)
        if not starts:
            turn.data["month"] = max(day, self._diary.today(turn)).isoformat()
            return Refused("booking.day_full", {"day": day})
        if not any(self._diary.fitting(turn, starts)):
            turn.data.pop("parts")
        return Given(f"{day:%Y%m%d}")


class Times(Listed):
    """One of the day's free times. One that is just being taken is an answer too: whoever taps it is told."""

    def __init__(self, diary: Diary) -> None:
        super().__init__(self._times, also=("other_day",), holds=Holds(("day",), self._held), width=4)
        self._diary = diary

    def _held(self, turn: Turn) -> dict[str, object]:
        return {"day": date.fromisoformat(turn.data["day"])}

    def _times(self, turn: Turn) -> list[tuple[str, object]]:
        starts = self._diary.free_on(turn, date.fromisoformat(turn.data["day"]))
        fitting = list(self._diary.fitting(turn, starts))
        return [(time_code(start), ("time", start)) for start in fitting[:_TIMES_SHOWN]]

    def offers(self, turn: Turn, code: str) -> bool:
        return super().offers(turn, code) or self._diary.could_start(turn, code)
