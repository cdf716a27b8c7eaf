"""The flows: one state machine a file, each a table. `build` makes the whole house of them, once a process."""

from collections.abc import Callable

from bot.flows.alerts import SAYS as ALERTING
from bot.flows.alerts import Alerts
from bot.flows.approving import APPROVAL_NEEDS, Approving
from bot.flows.approving import SAYS as APPROVING
from bot.flows.booking import booking
from bot.flows.card import NEEDS as CARD_NEEDS
from bot.flows.card import SAYS as ON_A_CARD
from bot.flows.check import check, wrong
from bot.flows.checkin import DUE_NEEDS as CHECKIN_NEEDS
from bot.flows.checkin import TREND_NEEDS, CheckIn, checkin
from bot.flows.content import Content
from bot.flows.day import DAY_NEEDS, MORNING_NEEDS, Day, desk
from bot.flows.day import SAYS as OF_THE_DAY
from bot.flows.desk import SAYS as AT_THE_DESK
from bot.flows.desk import Desk, ask, contact
from bot.flows.feedback import SAYS as OF_FEEDBACK
from bot.flows.feedback import Feedback
from bot.flows.flare import calm, flare
from bot.flows.flow import Turn
from bot.flows.for_patient import SAYS as FOR_A_PATIENT
from bot.flows.for_patient import ForPatient, for_patient
from bot.flows.holding import LAPSE_NEEDS, lapse
from bot.flows.holding import SAYS as OF_A_HOLD
from bot.flows.house import Enters, Happening, House, Moves, Told
from bot.flows.intake import NUDGE_NEEDS, Intake, intake
from bot.flows.learn import learn
from bot.flows.messaging import Messages
from bot.flows.openings import Openings, earlier
from bot.flows.own_calendar import LOOK_NEEDS, OwnCalendar, own_calendar
from bot.flows.plan import plan
from bot.flows.privacy import forget, told
from bot.flows.reminding import SAYS as REMINDING
from bot.flows.reminding import VISIT_NEEDS, Reminding
from bot.flows.review import REVIEW_NEEDS, Review
from bot.flows.review import SAYS as REVIEWING
from bot.flows.telling import SAYS as TELLING
from bot.flows.time_off import OFF_NEEDS, Away, off
from bot.flows.time_off import SAYS as TIMES_OFF
from bot.flows.tips import DUE_NEEDS, Tips
from bot.flows.tips_of import TipsOf, tips_of
from bot.flows.undoing import SAYS as UNDOING
from bot.flows.undoing import Undoing
from bot.flows.waitlist import waitlist
from bot.flows.weekly import SAYS as OF_THE_WEEK
from bot.flows.weekly import WEEKLY_NEEDS, page
from bot.flows.welcome import menu, settings, welcome
from bot.flows.whom import whom
from bot.model import Delivered


def build(content: Content) -> House:
    """Every flow, command and verb, from a practice's content. Raises FlowFault for a table that cannot be walked."""
    alerts, at_desk, day, tips = Alerts(content), Desk(content), Day(content), Tips(content)
    approving = Approving(content)
    reminding, messages, waiting = Reminding(content), Messages(content), Openings(content)
    check_in, review = CheckIn(content), Review(content)
    own = OwnCalendar(content)
    vacancy, begun = waiting.happenings
    of_patients = (
        welcome,
        menu,
        learn,
        intake,
        check,
        wrong,
        booking,
        waitlist,
        earlier,
        plan,
        checkin,
        flare,
        calm,
        settings,
        forget,
    )
    of_the_practice = (desk, ask, contact, off, whom, for_patient, tips_of, own_calendar)
    made = [flow(content) for flow in (*of_patients, *of_the_practice)]
    return House(
        flows={flow.name: flow for flow in made},
        commands={
            "start": Enters("welcome"),
            "menu": Enters("menu"),
            "learn": Enters("learn"),
            "assessment": Enters("intake"),
            "check": Enters("check"),
            "wrong": Enters("wrong"),
            "book": Enters("booking", staff="whom"),
            "waitlist": Enters("waitlist"),
            "plan": Enters("plan"),
            "checkin": Enters("checkin"),
            "flare": Enters("flare"),
            "progress": Told(check_in.progress, TREND_NEEDS),
            "settings": Enters("settings"),
            "forget": Enters("forget", staff="forget"),
            "today": Enters("menu"),
            "week": Told(day.week, DAY_NEEDS, day.window),
            "next": Told(day.upcoming, frozenset({"diary"})),
            "off": Enters("menu", staff="off"),
            "calendar": Enters("menu", staff="calendar"),
            "back": Moves(),
            "cancel": Moves(),
            **told(content),
        },
        verbs={
            **at_desk.verbs(),
            **reminding.verbs(),
            **Undoing(content).verbs(),
            **day.verbs(),
            **waiting.verbs(),
            **Away(content).verbs(),
            **own.verbs(),
            **Feedback(content).verbs(),
            **check_in.verbs(),
            **review.verbs(),
            **ForPatient(content).verbs(),
            **TipsOf(content).verbs(),
            **approving.verbs(),
        },
        due={
            "advice": Happening(tips.post, DUE_NEEDS),
            "again": Happening(tips.again, DUE_NEEDS),
            "aftercare": Happening(tips.aftercare, DUE_NEEDS),
            "visit": Happening(reminding.post, VISIT_NEEDS),
            "review": Happening(review.post, REVIEW_NEEDS),
            "checkin": Happening(check_in.post, CHECKIN_NEEDS),
            "approval": Happening(approving.due, APPROVAL_NEEDS),
            "nudge": Happening(Intake(content).nudge, NUDGE_NEEDS),
            "hold": Happening(lapse, LAPSE_NEEDS),
        },
        rings=Happening(alerts.rings, CARD_NEEDS),
        morning=Happening(day.morning, MORNING_NEEDS, day.window),
        weekly=Happening(page, WEEKLY_NEEDS),
        vacancy=vacancy,
        begun=begun,
        calendar_read=Happening(own.looked, LOOK_NEEDS | OFF_NEEDS, own.window),
        calendar_looked=Happening(own.looked, LOOK_NEEDS),
        delivered=Happening(_each(alerts.delivered, messages.delivered), CARD_NEEDS),
        unreachable=Happening(alerts.unreachable, CARD_NEEDS | {"plan"}),
        welcome=at_desk.link,
        says=(
            *(*ON_A_CARD, *OF_THE_DAY, *AT_THE_DESK, *ALERTING, *TELLING, *REMINDING),
            *(*TIMES_OFF, *UNDOING, *OF_A_HOLD, *FOR_A_PATIENT, *APPROVING, *REVIEWING, *OF_FEEDBACK, *OF_THE_WEEK),
        ),
    )


def _each(*deeds: Callable[[Turn, Delivered], None]) -> Callable[[Turn, Delivered], None]:
    """Every deed in its turn: each knows its own receipts."""

    def does_each(turn: Turn, event: Delivered) -> None:
        for deed in deeds:
            deed(turn, event)

    return does_each
