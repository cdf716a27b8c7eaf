"""One question of a form as a kind of answer: offered by its options, read by its type."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from bot.flows import choosing, picking
from bot.flows.answering import HALF, KEEP, NO, SKIP, YES, Asked, attached, picked, typed
from bot.flows.answers import DONE
from bot.flows.content import Content
from bot.flows.flow import Answer, Given, Heard, Pick, Refused, Shown, Spoken, Stay, Turn, spoken
from bot.flows.offering import HINTED, hint, rows
from bot.flows.reading import READS
from bot.flows.telling import short, told
from bot.model import Contact, Media, SaveAnswer, Say, Text
from bot.practice import values as fhir
from bot.practice.bounds import Reason
from bot.practice.forms import Form
from bot.practice.items import Answers, Item, Place
from bot.practice.values import Value

PHONE = "phone"
"""The item a shared contact answers, if it is the sender's own."""

_MINUTES_A_QUESTION = 0.25
_LONGEST_LISTED = 60
_MOST_LISTED = 10
_LONG = "long"
"""Where the draft keeps a text so long that Telegram may have cut it."""
_CUT_AT = 4000
"""UTF-16 units. Phones cut what is typed at 4,096, or at the last space before."""
_LONGEST_MESSAGE = 4096
_TOGETHER = timedelta(seconds=3)


def answers_of(turn: Turn) -> Answers:
    """What is answered so far, this event's answer included."""
    stored: Mapping[str, Any] = turn.record.answers if turn.record else {}
    return {**stored, **{one.place: one.values for one in turn.effects if isinstance(one, SaveAnswer)}}


class Question(Answer):
    """The item at `turn.data['place']` of `form`; `content` has the zone and the numbers to call."""

    UNREAD = (*READS, *(spoken(f"intake.unread_{kind}") for kind in ("file", "contact", "forwarded")))
    REFUSED = tuple(spoken(f"intake.refused_{reason}", "bound", "said") for reason in get_args(Reason))

    def __init__(self, form: Form, content: Content) -> None:
        self._form = form
        self._clinic = content.clinic
        self._screening = content.screening

    @property
    def speaks(self) -> tuple[frozenset[str], frozenset[str]]:
        return (
            frozenset({"section", "lead", "question", "notes", "options", "so_far", "hint", "n", "of", "minutes"}),
            frozenset({YES, NO, SKIP, DONE, KEEP, choosing.MORE, picking.ONLY}),
        )

    @property
    def refusals(self) -> tuple[Spoken, ...]:
        return (
            *self.UNREAD,
            *self.REFUSED,
            *choosing.SAYS,
            *picking.SAYS,
            *HINTED,
            *(spoken(f"intake.line_{name}", "number") for name in ("crisis", "maternity")),
            spoken("intake.another", "group"),
            spoken("intake.another_one"),
            spoken("intake.instance", "group", "number"),
            spoken("intake.about", "group", "answer"),
            spoken("intake.so_far", "given"),
            spoken("intake.kept", "given"),
            spoken("intake.you_said", "given"),
            spoken("intake.picture"),
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

    def _asked(self, turn: Turn, place: Place) -> Asked:
        answers = answers_of(turn)
        half = turn.data.get(HALF) or {}
        zone = ZoneInfo(turn.facts.account.zone) if turn.facts.account.zone else self._clinic.zone
        return Asked(
            place,
            self._form.item(place),
            answers,
            half if half.get("place") == str(place) else {},
            self._form.must(place, answers),
            turn.facts.now.astimezone(zone).date(),
            zone,
        )

    # --- how it is put

    def show(self, turn: Turn) -> Shown:
        asked = self._asked(turn, self.place(turn))
        place, answers = asked.place, asked.answers
        number, total = self._form.progress(place, answers)
        lead = [shown for shown in self._form.lead(place, answers) if shown.type == "display"]
        values = {
            "section": self._section(asked),
            "lead": tuple(one.text for one in lead),
            "question": _question(asked.item),
            "notes": (*(one.text for one in self._form.notes(place, answers)), *self._line(asked.item)),
            "options": choosing.spelled_out(asked.item, asked.page),
            "so_far": self._so_far(asked),
            "hint": hint(asked),
            "n": number,
            "of": total,
            "minutes": max(1, round((total - number + 1) * _MINUTES_A_QUESTION)),
        }
        return Shown(values, rows(asked))

    def before(self, turn: Turn) -> tuple[Say, ...]:
        """The picture its options are numbered on."""
        place = self.place(turn)
        if not self._form.item(place).picture:
            return ()
        asked = self._asked(turn, place)
        drawn = {_code(one.value): one.prefix for one in asked.item.options if one.prefix}
        marked = [code for one in asked.item.chosen(asked.given) if (code := _code(one.value)) in drawn]
        picture = {"photo": {"numbers": drawn, "marked": marked}}
        return (Say("intake.picture", picture, photo=asked.item.picture),)

    def offers(self, turn: Turn, code: str) -> bool:
        return Shown(rows=rows(self._asked(turn, self.place(turn)))).offers(code)

    def _section(self, asked: Asked) -> str | Say:
        """The heading it stands under; within a repetition, of which it is."""
        around = self._form.sections(asked.place)
        repeated = [one for one in around if self._form.nodes[one.link_id].level]
        if not repeated or len(asked.place.at) < len(repeated):
            return next((one.text for one in around if one.text), "")
        inmost, index = repeated[-1], asked.place.at[len(repeated) - 1]
        if inmost.type == "group":
            return Say("intake.instance", {"group": inmost.text, "number": index + 1})
        given = self._form.values(Place(inmost.link_id, asked.place.at[: len(repeated) - 1]), asked.answers)
        return Say("intake.about", {"group": inmost.text, "answer": _listed(given[index])})

    def _line(self, item: Item) -> tuple[Say, ...]:
        """The number to call, on a question that asks about something it is for."""
        number = self._screening.number_of(item.link_id)
        return (Say(f"intake.line_{number}", {"number": getattr(self._clinic.numbers, number)}),) if number else ()

    def _so_far(self, asked: Asked) -> Any:
        """What is entered already, where the buttons do not show it."""
        item, half_picked = asked.item, asked.picking.value if asked.picking else None
        if not item.is_question:
            return self._instances(asked)
        if asked.number is not None:
            return Say("intake.so_far", {"given": (str(asked.number),)})
        if half_picked:
            return Say("intake.so_far", {"given": (told(half_picked),)})
        if item.options or item.type == "boolean" or not asked.given:
            return ""
        listed = tuple(map(_listed, asked.given[-_MOST_LISTED:]))
        return Say("intake.so_far" if asked.gathers else "intake.kept", {"given": listed})

    def _instances(self, asked: Asked) -> tuple[Say, ...]:
        """Each instance of the group that there is, in a line."""
        lines: dict[int, list[str]] = {}
        up = asked.place.at[:-1]
        for place in self._form.questions(asked.answers):
            around = (one.link_id for one in self._form.sections(place))
            if asked.place.link_id in around and place.at[: len(up)] == up and len(place.at) > len(up):
                said = (_listed(value) for value in self._form.values(place, asked.answers))
                lines.setdefault(place.at[len(up)], []).extend(one for one in said if isinstance(one, str))
        short_lines = [short(", ".join(said), _LONGEST_LISTED) for said in lines.values() if said]
        return tuple(Say("intake.option", {"option": one}) for one in short_lines[-_MOST_LISTED:])

    # --- how it is heard

    def read(self, turn: Turn, heard: Heard) -> Given | Stay | Refused:
        place, cut = self.place(turn), turn.data.pop(_LONG, None)
        if isinstance(heard, Text):
            last = heard
            if cut and turn.facts.now - datetime.fromisoformat(cut["at"]) <= _TOGETHER:
                place, heard = self._joined(turn, cut, heard) or (place, heard)
            if _units(last.text) >= _CUT_AT:
                turn.data[_LONG] = {"place": str(place), "at": turn.facts.now.isoformat(), "text": heard.text}
        read = self._heard(turn, self._asked(turn, place), heard)
        if isinstance(read, Given):
            turn.data.pop(HALF, None)
        elif isinstance(heard, Text):
            turn.data["place"] = str(place)
        return read

    def _joined(self, turn: Turn, cut: Mapping[str, str], rest: Text) -> tuple[Place, Text] | None:
        """A text that Telegram has cut, whole again, and the question it answers."""
        try:
            place = Place.parse(cut["place"])
            if not self._form.enabled(place, answers_of(turn)):
                return None
        except (LookupError, ValueError):
            return None
        half = turn.data.get(HALF)
        if half and half.get("place") == str(place) and half.get("given"):
            turn.data[HALF] = {**half, "given": half["given"][:-1]}
        is_cut_within_a_word = _units(cut["text"]) % _LONGEST_MESSAGE == 0
        return place, Text(cut["text"] + ("" if is_cut_within_a_word else " ") + rest.text)

    def _heard(self, turn: Turn, asked: Asked, heard: Heard) -> Given | Stay | Refused:
        match heard:
            case Pick(code=code):
                return picked(asked, code)
            case Text(text=text):
                return typed(asked, text)
            case Contact(phone=phone, own=True) if asked.item.link_id == PHONE:
                return asked.finish({"valueString": phone})
            case Contact() if asked.item.link_id == PHONE:
                return Refused("intake.unread_contact")
            case Media(kind="forwarded"):
                return Refused("intake.unread_forwarded")
            case Media(kind="photo" | "document") if asked.item.type == "attachment":
                return attached(asked, heard)
            case _:
                return Refused("intake.unread_attachment" if asked.item.type == "attachment" else "intake.unread_file")

    def back(self, turn: Turn) -> Stay | None:
        asked = self._asked(turn, self.place(turn))
        if asked.half.get("picked"):
            return asked.stay(picked=tuple(asked.half["picked"])[:-1])
        if asked.number is not None:
            return asked.stay(number=None)
        before = self._form.previous(asked.place, asked.answers)
        return Stay({"place": str(before), HALF: None}) if before else None


def _question(item: Item) -> str | Say:
    if item.is_question:
        return item.text
    return Say("intake.another", {"group": item.text}) if item.text else Say("intake.another_one")


def _listed(value: Value) -> Any:
    """A value in a line of others, cut where it is long."""
    shown = told(value)
    return short(shown, _LONGEST_LISTED) if isinstance(shown, str) else shown


def _code(value: Value) -> str:
    held = fhir.content(value)
    return str(held.get("code", "")) if isinstance(held, Mapping) else fhir.text(value)


def _units(text: str) -> int:
    """How Telegram counts the length of a text: in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
