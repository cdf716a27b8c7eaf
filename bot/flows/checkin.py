"""The weekly check-in: three ratings and the own goal in half a minute; the picture they make; and what follows where
somebody is worse or has a new sign."""

from collections.abc import Sequence

from bot.flows.answers import Choice, Holds, Scale
from bot.flows.assessment import NEEDS as ASSESSING
from bot.flows.assessment import has_open_emergency, is_unknown, nobody_can_be_told
from bot.flows.card import Card, called
from bot.flows.check import drop_half_done
from bot.flows.content import Content
from bot.flows.flow import START, Ask, End, Flow, Hand, Holding, Turn, fixed, route, spoken, standing, to_menu, wrong
from bot.flows.foreseen import foreseen
from bot.flows.house import Verb
from bot.flows.telling import short
from bot.flows.tips import Tips, is_running, rests
from bot.flows.welcome import has_not_agreed
from bot.model import (
    CancelReminders,
    Due,
    Facts,
    KeepScores,
    Offer,
    Plan,
    PlanReminder,
    PutOff,
    Reminder,
    Reschedule,
    Say,
    Scores,
    SettleReminder,
)
from bot.practice import outcomes
from bot.practice import values as fhir
from bot.practice.quiet import Quiet

NEEDS = frozenset({"consents", "practice", "patient", "sent", "flags"})
"""What a question takes; what is made of the answers takes more, and is looked up behind the last."""
DUE_NEEDS = frozenset({"consents", "patient", "plan", "sent", "flags"})
TREND_NEEDS = frozenset({"patient", "sent", "scores", "past"})

_GOAL = "goal"
"""The item of the form in which somebody says what they want to do again."""
_LONGEST_GOAL = 300
_RATED = {"pain": outcomes.PAIN, "enjoyment": "enjoyment", "activity": "activity", "goal": outcomes.GOAL}
"""The steps that ask for ratings, and the codes of these."""

SAYS = (
    spoken("checkin.due", choices=("start", "not_this_week", "stop_asking")),
    *(spoken(f"checkin.{key}") for key in ("noted", "stopped", "given_up", "no_trend")),
    spoken("checkin.trend"),
    spoken("checkin.since", "lines"),
    *(spoken(f"checkin.line_{step}", "was", "now") for step in _RATED),
    *(spoken(f"{whose}.line_{step}", "was", "now") for whose in ("desk", "weekly") for step in _RATED),
    spoken("desk.worse", "name", "lines", "sign"),
    spoken("desk.sign_ticked"),
    spoken("desk.trend", "name", "lines"),
    spoken("desk.no_trend"),
    spoken("desk.baseline", "ratings"),
)

RATED_SAYS = (
    spoken("checkin.rated", "at", "ratings"),
    *(spoken(f"checkin.rated_{step}", "now") for step in _RATED),
)


def begin(turn: Turn, plan: Plan, quiet: Quiet) -> None:
    """With a plan that begins, or begins anew: the first time somebody is asked how they are."""
    turn.do(CancelReminders("checkin"))
    turn.do(PlanReminder("checkin", outcomes.first_asking(plan, quiet, turn.facts.now)))


def goal_of(turn: Turn) -> str:
    """What this person wants to do again, in their own words."""
    sent = turn.facts.sent
    given = next(iter(sent.answers.get(_GOAL, ())), None) if sent else None
    return short(fhir.text(given), _LONGEST_GOAL) if given else ""


def has_a_goal(turn: Turn) -> bool:
    return bool(goal_of(turn))


def lines(changes: Sequence[outcomes.Change], whose: str) -> tuple[Say, ...]:
    """Each rating then and now; `whose` words: 'checkin' for the patient, 'desk' for the practitioner, and
    'weekly', shorter, among others."""
    steps = {code: step for step, code in _RATED.items()}
    return tuple(Say(f"{whose}.line_{steps[one.code]}", {"was": one.was, "now": one.now}) for one in changes)


def rated(facts: Facts) -> tuple[Say, ...]:
    """Every check-in with its ratings, for whoever gave them."""
    return tuple(
        Say("checkin.rated", {"at": one.at, "ratings": ratings_of(one)})
        for one in facts.scores
        if one.occasion == "checkin"
    )


def ratings_of(scores: Scores) -> tuple[Say, ...]:
    """What was given at once, each with its number."""
    given = ((step, scores.values.get(code)) for step, code in _RATED.items())
    return tuple(Say(f"checkin.rated_{step}", {"now": value}) for step, value in given if value is not None)


def then_and_now(facts: Facts) -> tuple[Say, ...]:
    """For the practitioner: each rating then and now; without a check-in yet, where they began."""
    if changes := outcomes.changes(facts.scores):
        return lines(changes, "desk")
    given = outcomes.ratings(facts.scores)
    return (Say("desk.baseline", {"ratings": ratings_of(given[0])}),) if given else ()


def drawn(facts: Facts) -> dict[str, list[object]] | None:
    """What `documents/trend.typ` reads: weeks since the assessment, or the first rating; None without any of pain."""
    given = outcomes.ratings(facts.scores)
    pain = [one for one in given if outcomes.PAIN in one.values]
    if not pain:
        return None
    first = given[0].at
    came = (one.starts_at for one in facts.past if one.state != "no_show" and one.starts_at >= first)
    return {
        "pain": [[(one.at - first) / outcomes.WEEK, one.values[outcomes.PAIN]] for one in pain],
        "visits": [(at - first) / outcomes.WEEK for at in sorted(came)],
    }


class CheckIn:
    """What is asked, kept and told, bound to the practice."""

    def __init__(self, content: Content) -> None:
        self.card = Card(content)
        self.tips = Tips(content)
        self.quiet = content.clinic.quiet_hours

    # --- guards

    def has_a_new_sign(self, turn: Turn) -> bool:
        return bool(turn.given == "some")

    def turned_worse(self, turn: Turn) -> bool:
        return bool(self.news(turn))

    def news(self, turn: Turn) -> tuple[outcomes.Change, ...]:
        """What has become worse with what was just given."""
        return outcomes.turned_worse(self.after(turn).scores)

    def after(self, turn: Turn) -> Facts:
        """What is known once these ratings are kept."""
        return foreseen(turn.facts, [self.given(turn)])

    def given(self, turn: Turn) -> KeepScores:
        """The ratings that were just given."""
        return KeepScores({code: turn.data[step] for step, code in _RATED.items() if step in turn.data}, "checkin")

    # --- deeds

    def weigh(self, turn: Turn) -> None:
        """The last answer is there: all of them are held against what was before."""
        turn.ask_for(ASSESSING | {"scores", "plan"})

    def keep(self, turn: Turn) -> None:
        """The ratings are kept, and the next time counts from now on: for whoever is still asked."""
        turn.do(self.given(turn))
        plan = turn.facts.plan
        if plan and is_running(plan):
            turn.do(Reschedule("checkin", outcomes.first_asking(plan, self.quiet, turn.facts.now)))

    def finish(self, turn: Turn) -> None:
        """Kept, and the picture goes out."""
        if picture := drawn(self.after(turn)):
            turn.says.append(Say("checkin.trend", {"photo": picture}, to=turn.facts.account.id, photo="trend"))
        self.keep(turn)

    def raise_it(self, turn: Turn) -> None:
        """Kept; the practitioner hears of it once, and the warning signs are asked anew."""
        news, sign = self.news(turn), self.has_a_new_sign(turn)
        self.keep(turn)
        drop_half_done(turn)
        told = {"lines": lines(news, "desk"), "sign": Say("desk.sign_ticked") if sign else ""}
        self.card.show(turn, "desk.worse", told)

    def since(self, turn: Turn) -> dict[str, object]:
        changes = outcomes.changes(turn.facts.scores)
        return {"since": Say("checkin.since", {"lines": lines(changes, "checkin")}) if changes else ""}

    # --- what comes by itself

    def post(self, turn: Turn, event: Due) -> None:
        """The weekly question, while the plan is on; less often where nobody answers, and in the end a last word."""
        plan, reminder = turn.facts.plan, event.reminder
        if plan is None or not self.tips.is_wanted(turn):
            turn.do(SettleReminder(reminder.id, "cancelled"))
        elif self.is_no_time(turn) or self.tips.is_too_late(turn, reminder):
            turn.do(SettleReminder(reminder.id, "missed"))
            due = outcomes.next_asking(plan, self.quiet, turn.facts.now)
            turn.do(PlanReminder("checkin", due, reminder.topic))
        elif later := self.tips.waits(turn):
            turn.do(PutOff(reminder.id, later))
        else:
            turn.do(SettleReminder(reminder.id, "sent"))
            turn.says.append(self.tips.bulk(turn, plan, reminder, self.asking(turn, plan, reminder)))

    def is_no_time(self, turn: Turn) -> bool:
        """Whether there is nothing to follow, or it would come amiss: in an emergency, in a pause."""
        plan = turn.facts.plan
        is_resting = plan is not None and rests(plan, turn.facts.now)
        return is_resting or is_unknown(turn) or has_open_emergency(turn)

    def asking(self, turn: Turn, plan: Plan, reminder: Reminder) -> Say:
        """The question, and the next time it is put; or the last word to somebody who never answers."""
        ignored = int(reminder.topic or 0)
        if outcomes.gives_up(ignored):
            return Say("checkin.given_up")
        due = outcomes.following_asking(plan, self.quiet, reminder.wanted_at, ignored + 1)
        turn.do(PlanReminder("checkin", due, str(ignored + 1)))
        offers = (
            (Offer("start", "n:checkin"),),
            (standing("skipweek", reminder.id, "not_this_week"), standing("stopweeks", reminder.id, "stop_asking")),
            wrong(),
        )
        return Say("checkin.due", offers=offers)

    # --- what is tapped, and asked for

    def skip(self, turn: Turn, row: int) -> Say | None:
        """Not this week: that is an answer too."""
        plan, reminder = turn.facts.plan, turn.facts.reminder
        if reminder is None or reminder.state != "sent":
            return Say("common.gone")
        turn.do(SettleReminder(row, "done"))
        if plan and is_running(plan):
            turn.do(Reschedule("checkin", outcomes.next_asking(plan, self.quiet, turn.facts.now)))
        return Say("checkin.noted")

    def stop(self, turn: Turn, row: int) -> Say | None:
        if turn.facts.reminder is None:
            return Say("common.gone")
        turn.do(SettleReminder(row, "done"))
        turn.do(CancelReminders("checkin"))
        turn.says.append(Say("checkin.stopped"))
        return None

    def progress(self, turn: Turn) -> None:
        """The picture, for whoever asks for their own."""
        picture = drawn(turn.facts)
        if turn.facts.staff:
            turn.says.append(Say("common.unsure"))
        elif picture is None:
            turn.says.append(Say("checkin.no_trend", offers=(to_menu(),)))
        else:
            turn.says.append(Say("checkin.trend", {"photo": picture}, (to_menu(),), photo="trend"))

    def trend(self, turn: Turn, patient_id: int) -> Say | None:
        """The same from the practitioner's card, with the ratings then and now."""
        picture = drawn(turn.facts)
        if turn.facts.patient is None or picture is None:
            return Say("desk.no_trend")
        values = {"name": called(turn.facts), "lines": then_and_now(turn.facts), "photo": picture}
        turn.says.append(Say("desk.trend", values, to=turn.facts.account.id, photo="trend"))
        return None

    def verbs(self) -> dict[str, Verb]:
        """The buttons under the weekly question, and the one of the card."""
        needs = frozenset({"reminder", "plan", "patient"})
        return {
            "skipweek": Verb(self.skip, needs, of_patient=False),
            "stopweeks": Verb(self.stop, needs, of_patient=False),
            "trend": Verb(self.trend, TREND_NEEDS, by=frozenset({"practitioner"})),
        }


def checkin(content: Content) -> Flow:
    """How the week was: ratings, and whether anything is new; then the picture, or the short screen."""
    on = CheckIn(content)
    phone = fixed(phone=content.clinic.phone)
    crisis = Holds(("crisis",), lambda turn: {"crisis": content.clinic.numbers.crisis})
    goal = Holds(("goal",), lambda turn: {"goal": goal_of(turn)})

    def to_the_screen(turn: Turn) -> str:
        return "check"

    return Flow(
        "checkin",
        needs=NEEDS,
        resumes=False,
        steps=[
            Ask("pain", Scale()),
            Ask("enjoyment", Scale()),
            Ask("activity", Scale()),
            Ask("goal", Scale(holds=goal), when=has_a_goal),
            Ask("signs", Choice("none", "some", holds=crisis), keep=on.weigh),
            End("done", holding=Holding(("since",), on.since)),
            End("worse", then=to_the_screen),
            End("sign", then=to_the_screen),
            End("assessment_first"),
            End("nobody", holding=phone, says="intake.nobody"),
            Hand("consent", "welcome"),
            Hand("screen", "check"),
        ],
        routes=[
            route(START, "consent", when=has_not_agreed),
            route(START, "screen", when=has_open_emergency),
            route(START, "nobody", when=nobody_can_be_told),
            route(START, "assessment_first", when=is_unknown),
            route(START, "pain"),
            route("signs", "sign", when=on.has_a_new_sign, do=on.raise_it),
            route("signs", "worse", when=on.turned_worse, do=on.raise_it),
            route("signs", "done", do=on.finish),
        ],
        says=SAYS,
    )
