"""One question of a form as a kind of answer: offered by its options, read by its type."""

from collections.abc import Mapping
from typing import Any, get_args

from bot.flows.answers import DONE, rows_of
from bot.flows.flow import Answer, Button, Given, Heard, Pick, Refused, Shown, Spoken, Stay, Turn, spoken
from bot.flows.reading import read_value
from bot.flows.telling import short
from bot.model import Contact, Media, SaveAnswer, Say, Text
from bot.practice import values as fhir
from bot.practice.bounds import Reason, refusals, together
from bot.practice.forms import Form
from bot.practice.items import Answers, Item, Option, Place
from bot.practice.values import Value

YES, NO, SKIP = "yes", "no", "skip"
PHONE = "phone"
"""The item a shared contact answers, if it is the sender's own."""

_NARROW = 14
_LONGEST_LABEL = 34
"""What a phone shows of a button; the whole of a longer one stands in the question's text."""
_MINUTES_A_QUESTION = 0.25
_TICKED = "ticked"
_LONGEST_SCALE = 10


def answers_of(turn: Turn) -> Answers:
    """What is answered so far, this event's answer included."""
    stored: Mapping[str, Any] = turn.facts.record.answers if turn.facts.record else {}
    return {**stored, **{one.place: one.values for one in turn.effects if isinstance(one, SaveAnswer)}}


class Question(Answer):
    """The item at `turn.data['place']`."""

    UNREAD = tuple(spoken(f"intake.unread_{kind}") for kind in ("number", "date", "choice", "words", "file", "contact"))
    REFUSED = tuple(spoken(f"intake.refused_{reason}", "bound") for reason in get_args(Reason))

    def __init__(self, form: Form) -> None:
        self._form = form

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return (
            frozenset({"section", "lead", "question", "notes", "options", "hint", "n", "of", "minutes"}),
            frozenset({YES, NO, SKIP, DONE}),
        )

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (
            *self.UNREAD,
            *self.REFUSED,
            spoken("intake.option", "option"),
            spoken("intake.hint_format", "format"),
            *(spoken(f"intake.hint_{kind}") for kind in ("date", "number", "scale", "text", "tick")),
        )

    def place(self, turn: Turn) -> Place:
        """Where the turn is in the form; the first question still open if the form has changed under it."""
        answers = answers_of(turn)
        try:
            place = Place.parse(turn.data.get("place", ""))
            if self._form.enabled(place, answers):
                return place
        except (LookupError, ValueError):
            pass
        found = self._form.pending(answers) or self._form.first(answers)
        if found is None:
            raise LookupError("the form asks nothing")
        return found

    def show(self, turn: Turn) -> Shown:
        place, answers = self.place(turn), answers_of(turn)
        item = self._form.item(place)
        number, total = self._form.progress(place, answers)
        lead = [shown for shown in self._form.lead(place, answers) if shown.type == "display"]
        sections = [one.text for one in self._form.sections(place) if one.text]
        values = {
            "section": sections[0] if sections else "",
            "lead": tuple(one.text for one in lead),
            "question": item.text,
            "notes": tuple(one.text for one in self._form.notes(place, answers)),
            "options": _spelled_out(item),
            "hint": self._hint(item),
            "n": number,
            "of": total,
            "minutes": max(1, round((total - number + 1) * _MINUTES_A_QUESTION)),
        }
        return Shown(values, self._rows(turn, place, item, answers))

    def offers(self, turn: Turn, code: str) -> bool:
        place, answers = self.place(turn), answers_of(turn)
        return Shown(rows=self._rows(turn, place, self._form.item(place), answers)).offers(code)

    def _hint(self, item: Item) -> Any:
        if item.entry_format:
            return Say("intake.hint_format", {"format": item.entry_format})
        kind = ""
        if item.options:
            kind = "tick" if item.repeats else ""
        elif item.type == "date":
            kind = "date"
        elif _scale(item):
            kind = "scale"
        elif item.type in ("integer", "decimal", "quantity"):
            kind = "number"
        elif item.takes_text:
            kind = "text"
        return Say(f"intake.hint_{kind}") if kind else ""

    def _rows(self, turn: Turn, place: Place, item: Item, answers: Answers) -> tuple[tuple[Button, ...], ...]:
        rows: tuple[tuple[Button, ...], ...] = ()
        if item.options:
            chosen = self._ticked(turn, place, item, answers)
            buttons = [
                Button(
                    f"{item.digest}.{one.digest}",
                    short(one.label, _LONGEST_LABEL),
                    (one in chosen) if item.repeats else None,
                )
                for one in item.options
            ]
            narrow = all(len(one.label) <= _NARROW for one in item.options)
            rows = rows_of(buttons, 2 if narrow else 1)
            if item.repeats:
                rows = (*rows, (Button(DONE),))
        elif item.type == "boolean" or not item.is_question:
            rows = ((Button(YES), Button(NO)),)
        elif scale := _scale(item):
            rows = rows_of([Button(f"{item.digest}.{number}", str(number)) for number in scale], 6)
        if not self._form.must(place, answers):
            rows = (*rows, (Button(SKIP),))
        return rows

    def _ticked(self, turn: Turn, place: Place, item: Item, answers: Answers) -> tuple[Any, ...]:
        given = turn.data.get(_TICKED)
        return item.chosen(tuple(given) if given is not None else tuple(answers.get(str(place), ())))

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Refused:
        place, answers = self.place(turn), answers_of(turn)
        item = self._form.item(place)
        match heard:
            case Pick(code=code):
                return self._picked(turn, place, item, answers, code)
            case Text(text=text):
                if option := _named(item, text):
                    return self._picked(turn, place, item, answers, f"{item.digest}.{option.digest}")
                value = read_value(item, text)
                return Refused(_unread(item)) if value is None else _judged(place, item, (value,))
            case Contact(phone=phone, own=True) if item.link_id == PHONE:
                return _judged(place, item, ({"valueString": phone},))
            case Contact() if item.link_id == PHONE:
                return Refused("intake.unread_contact")
            case Contact() | Media():
                return Refused("intake.unread_file")

    def _picked(self, turn: Turn, place: Place, item: Item, answers: Answers, code: str) -> Given | Stay | Refused:
        if code == SKIP:
            return Given((str(place), ()))
        if code in (YES, NO):
            return _judged(place, item, ({"valueBoolean": code == YES},))
        ticked = tuple(one.value for one in self._ticked(turn, place, item, answers))
        if code == DONE:
            return _judged(place, item, ticked) if ticked else Refused("intake.refused_too_few", {"bound": "1"})
        digest = code.partition(".")[2]
        option = item.option(digest)
        if option is None:
            return _judged(place, item, ({"valueInteger": int(digest)},))
        if item.repeats:
            return Stay({_TICKED: item.toggled(ticked, option)})
        return _judged(place, item, (option.value,))

    def back(self, turn: Turn) -> Stay | None:
        before = self._form.previous(self.place(turn), answers_of(turn))
        return Stay({"place": str(before), _TICKED: None}) if before else None


def _judged(place: Place, item: Item, given: tuple[Value, ...]) -> Given | Refused:
    """The answer, unless the question's own rules speak against it: the first of them is told."""
    wrong = [one for value in given for one in refusals(item, value)] + together(item, given)
    if item.is_question and wrong:
        return Refused(f"intake.refused_{wrong[0].reason}", {"bound": wrong[0].bound})
    return Given((str(place), given))


def _unread(item: Item) -> str:
    if item.options or item.type in ("boolean", "group"):
        return "intake.unread_choice"
    if item.type in ("integer", "decimal", "quantity"):
        return "intake.unread_number"
    if item.type in ("date", "dateTime", "time"):
        return "intake.unread_date"
    return "intake.unread_words"


def _spelled_out(item: Item) -> tuple[Say, ...]:
    """The options in full, for a question with one that is too long for its button."""
    if all(len(one.label) <= _LONGEST_LABEL for one in item.options):
        return ()
    return tuple(Say("intake.option", {"option": one.label}) for one in item.options)


def _named(item: Item, text: str) -> Option | None:
    """The option somebody has typed out in full, where its button shows only the beginning."""
    wanted = " ".join(text.split()).casefold()
    return next((one for one in item.options if one.label.casefold() == wanted), None)


def _scale(item: Item) -> range | None:
    """The whole numbers of a short scale, as buttons."""
    if item.type != "integer" or item.least is None or item.most is None:
        return None
    least, most = fhir.number(fhir.content(item.least)), fhir.number(fhir.content(item.most))
    if least is None or most is None or not 0 < most - least <= _LONGEST_SCALE:
        return None
    return range(int(least), int(most) + 1)
