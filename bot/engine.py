"""advance(): the conversation as one pure function.

Same arguments, same outcome. What it lacks it asks for with `Needs`; what it decides is an `Outcome`.
"""

from collections.abc import Iterable

from bot.flows.flow import (
    START,
    Lacks,
    Pick,
    Spoken,
    spoken,
)
from bot.flows.house import Happening, House, Told
from bot.model import (
    Begun,
    Command,
    Contact,
    Conversation,
    Delivered,
    Draft,
    Due,
    Event,
    Facts,
    Looked,
    Media,
    Morning,
    Needs,
    Outcome,
    Reach,
    Reading,
    Ring,
    Say,
    SetReachable,
    Tap,
    Text,
    Unreadable,
    Vacancy,
)
from bot.walk import HOMES, Walk

SAYS = (
    spoken("common.stale"),
    spoken("common.resumed"),
    spoken("common.unsure"),
    spoken("common.nothing_to_cancel"),
    spoken("common.cancelled"),
    spoken("common.nothing_behind"),
    spoken("common.gone"),
    spoken("common.fault"),
    spoken("common.again"),
    spoken("common.choices", choices=("back", "menu", "skip", "done", "wrong")),
)


class Engine:
    """The flows, the verbs of standing buttons and the commands, as one function of conversation, event and facts."""

    def __init__(self, house: House) -> None:
        self._house = house

    def advance(self, conversation: Conversation, event: Event, facts: Facts) -> Outcome | Needs:
        """What `event` leads to. Draws nothing from outside its arguments and changes none of them."""
        try:
            return _Hearing(self._house, conversation, facts).hear(event)
        except Lacks as lacks:
            return lacks.needs

    def spoken(self) -> Iterable[Spoken]:
        """Every key the words must have."""
        yield from SAYS
        yield from self._house.spoken()


class _Hearing(Walk):
    """What comes in, and where it leads."""

    def hear(self, event: Event) -> Outcome:
        match event:
            case Tap() | Command() | Text() | Contact() | Media():
                if not self.facts.account.reachable:
                    self.effects.append(SetReachable(self.facts.account.id, reachable=True))
                self.said(event)
            case Reach():
                self.effects.append(SetReachable(self.facts.account.id, event.reachable))
                if not event.reachable:
                    self.happens(self.house.unreachable, event)
            case Due():
                self.happens(self.house.due[event.reminder.kind], event)
            case Ring():
                self.happens(self.house.rings, event, event.alarm.patient_id)
            case Morning():
                self.happens(self.house.morning, event)
                if event.is_weekly:
                    self.happens(self.house.weekly, event)
            case Vacancy():
                self.happens(self.house.vacancy, event, row=event.opening_id)
            case Begun():
                self.happens(self.house.begun, event)
            case Looked(reading=Reading(busy=tuple())):
                self.happens(self.house.calendar_read, event)
            case Looked():
                self.happens(self.house.calendar_looked, event)
            case Delivered():
                self.happens(self.house.delivered, event)
            case Unreadable():
                pass
        return self.outcome()

    def said(self, event: Tap | Command | Text | Contact | Media) -> None:
        match event:
            case Tap():
                self.tap(event)
            case Command():
                self.command(event)
            case Text() if data := self.typed_label(event.text):
                self.tap(Tap(data, "", 0))
                self.speak_up()
            case _:
                self.answer(event)

    def happens(self, deed: Happening, event: Event, patient_id: int | None = None, row: int | None = None) -> None:
        """Something that happened by itself: told or done without disturbing the dialogue in hand."""
        if not deed.needs <= self.facts.known:
            raise Lacks(Needs(deed.needs, patient_id, row, window=deed.window))
        turn = self.turn("", START)
        turn.heard_at, turn.is_asked = self.before.heard_at, self.flow not in HOMES and self.flow in self.drafts
        deed.deed(turn, event)
        self.take(turn)

    def typed_label(self, text: str) -> str:
        wanted = " ".join(text.split()).casefold()
        return next((data for label, data in self.before.labels.items() if label.casefold() == wanted), "")

    def speak_up(self) -> None:
        """What would be said in passing is said aloud: a button that was typed leaves nothing to show it on."""
        if self.toast is not None:
            self.says.insert(0, self.toast)
            self.toast = None

    # --- taps

    def tap(self, tap: Tap) -> None:
        kind, _, rest = tap.data.partition(":")
        on = tap.message_id or None
        if kind == "n" and rest in self.house.commands:
            # what an end says (an emergency number, a visit) is to stay where it stands
            self.edit = on if rest == "back" else None
            self.run(rest)
        elif kind == "q" and rest.count(":") == 3:
            self.edit = on
            self.question_tap(*rest.split(":"))
        elif kind == "s" and rest.count(":") == 1:
            verb, row = rest.split(":")
            self.standing_tap(verb, row, on)
        else:
            self.stale()

    def question_tap(self, flow: str, step: str, code: str, asking: str) -> None:
        draft = self.drafts.get(flow)
        if flow != self.flow or draft is None or draft.step != step or asking != str(self.asking):
            self.stale()
        else:
            self.answer(Pick(code))

    def standing_tap(self, name: str, row: str, on: int | None) -> None:
        verb = self.house.verbs.get(name)
        is_row = row.isascii() and row.isdigit() and len(row) <= 18
        role = self.facts.staff.role if self.facts.staff else "patient"
        if verb is None or not is_row or role not in verb.by:
            self.toast = Say("common.gone")
            return
        own = frozenset({"practice"}) | verb.needs
        if not own <= self.facts.known:
            patient_id, named = (int(row), None) if verb.of_patient else (None, int(row))
            raise Lacks(Needs(own, patient_id, named, window=verb.window))
        turn = self.turn("", START)
        turn.on = on
        self.toast = verb.deed(turn, int(row))
        self.take(turn)
        if turn.opens:
            self.flow, data = turn.opens
            self.move(self.turn(self.flow, START, Draft(START, data)), (), "")

    # --- commands

    def command(self, command: Command) -> None:
        if command.name == "start" and command.argument:
            self.invited(command.argument)
        elif command.name in self.house.commands:
            self.run(command.name)
            if command.argument and self.flow and self.house.flows[self.flow].heeds == command.name:
                self.says.clear()  # the question that is answered already
                self.answer(Text(command.argument))
        else:
            self.lead = (Say("common.unsure"),)
            self.put_again()

    def invited(self, code: str) -> None:
        if "invite" not in self.facts.known:
            raise Lacks(Needs(frozenset({"invite", "consents", "practice"}), code=code))
        turn = self.turn("", START)
        if self.house.welcome(turn):
            self.take(turn)
            self.flow = None
        else:
            self.lead = (Say("desk.invitation_gone"),)
            self.run("start")

    def run(self, name: str) -> None:
        """A command, typed or tapped: it enters a flow, tells something in passing, or moves in the one in hand."""
        if name == "back":
            self.back()
        elif name == "cancel":
            self.cancel()
        elif flow := self.house.entry(name, self.facts):
            self.enter(flow)
        else:
            told = self.house.commands[name]
            assert isinstance(told, Told)
            if not told.needs <= self.facts.known:
                raise Lacks(Needs(told.needs, window=told.window))
            turn = self.turn("", START)
            told.deed(turn)
            self.take(turn)
