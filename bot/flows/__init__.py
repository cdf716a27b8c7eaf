"""The flows: one state machine a file, each a table. `build` makes the whole house of them, once a process."""

from bot.flows.alerts import SAYS, Alerts
from bot.flows.booking import booking
from bot.flows.content import Content
from bot.flows.desk import Desk, contact, desk
from bot.flows.house import Enters, Happening, House, Moves, Verb
from bot.flows.intake import intake
from bot.flows.learn import learn
from bot.flows.plan import DUE_NEEDS, Planning, done, later, plan, stop
from bot.flows.privacy import forget, told
from bot.flows.telling import SAYS as TELLING
from bot.flows.welcome import menu, settings, welcome

_REMINDER = frozenset({"reminder", "plan", "patient"})
_HAPPENING = frozenset({"patient", "record", "flags", "practice"})


def build(content: Content) -> House:
    """Every flow, command and verb, from a practice's content. Raises FlowFault for a table that cannot be walked."""
    alerts, at_desk, planning = Alerts(content), Desk(content), Planning(content)
    flows = (welcome, menu, learn, intake, booking, plan, settings, forget, desk, contact)
    made = [flow(content) for flow in flows]
    return House(
        flows={flow.name: flow for flow in made},
        commands={
            "start": Enters("welcome"),
            "menu": Enters("menu"),
            "learn": Enters("learn"),
            "assessment": Enters("intake"),
            "book": Enters("booking"),
            "plan": Enters("plan"),
            "settings": Enters("settings"),
            "forget": Enters("forget", staff="forget"),
            "today": Enters("menu"),
            "back": Moves(),
            "cancel": Moves(),
            **told(content),
        },
        verbs={
            **at_desk.verbs(),
            "done": Verb(done, _REMINDER, of_patient=False),
            "later": Verb(later, _REMINDER, of_patient=False),
            "stop": Verb(stop, _REMINDER, of_patient=False),
        },
        due=Happening(planning.post, DUE_NEEDS),
        delivered=Happening(alerts.delivered, _HAPPENING),
        unreachable=Happening(alerts.unreachable, _HAPPENING | {"plan"}),
        welcome=at_desk.link,
        says=(*SAYS, *TELLING),
    )
