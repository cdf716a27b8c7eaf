"""Who we are, what this is not, what happens to what is said, and the consent before the first health question."""

from bot.flows.answers import Choice, Holds
from bot.flows.content import Content
from bot.flows.flow import Ask, End, Flow, Hand, Turn, fixed, picked, route
from bot.flows.tips import is_running, switch_off
from bot.model import GiveConsent, Say, WithdrawConsent


def has_agreed(turn: Turn) -> bool:
    return "intake" in turn.facts.consents


def has_not_agreed(turn: Turn) -> bool:
    return not has_agreed(turn)


def agrees(turn: Turn) -> bool:
    return bool(turn.given == "agree")


def give_consent(turn: Turn) -> None:
    turn.do(GiveConsent("intake", "welcome.agree"))


def to_the_menu(turn: Turn) -> str:
    return "menu"


def welcome(content: Content) -> Flow:
    """The first words, and the way to consent."""
    clinic = content.clinic
    numbers = {"clinic": clinic.name, "phone": clinic.phone, "emergency": clinic.numbers.emergency}
    holds = Holds(tuple(numbers), lambda turn: numbers)
    return Flow(
        "welcome",
        needs=("consents",),
        resumes=False,
        steps=[
            Ask("hello", Choice("go_on", holds=holds)),
            Ask("privacy", Choice("go_on", holds=holds)),
            Ask("agree", Choice("agree", "not_now", holds=holds)),
            Hand("menu", "menu"),
            End("agreed", then=to_the_menu),
            End("not_agreed", holding=fixed(**numbers)),
        ],
        routes=[
            route("hello", "privacy", when=has_not_agreed),
            route("hello", "menu"),
            route("agree", "agreed", when=agrees, do=give_consent),
            route("agree", "not_agreed"),
        ],
    )


def withdraw_consent(turn: Turn) -> None:
    """Nothing more is asked about their health; and advice, which goes by the answers, stops."""
    turn.do(WithdrawConsent("intake"))
    if is_running(turn.facts.plan):
        switch_off(turn)


def menu(content: Content) -> Flow:
    """The rooms of the house, as buttons."""
    doors = ("learn", "intake", "book", "plan", "settings")
    flows = {"learn": "learn", "intake": "intake", "book": "booking", "plan": "plan", "settings": "settings"}
    clinic = content.clinic
    holds = Holds(("clinic", "phone"), lambda turn: {"clinic": clinic.name, "phone": clinic.phone})
    return Flow(
        "menu",
        resumes=False,
        steps=[Ask("choose", Choice(*doors, holds=holds)), *(Hand(door, flows[door]) for door in doors)],
        routes=[route("choose", door, when=picked(door)) for door in doors[:-1]] + [route("choose", doors[-1])],
    )


def settings(content: Content) -> Flow:
    """What can be changed later: reminders, consent, what is kept."""
    clinic = content.clinic
    holds = Holds(
        ("zone", "agreed"),
        lambda turn: {
            "zone": turn.facts.account.zone or clinic.zone.key,
            "agreed": Say("privacy.agreed" if has_agreed(turn) else "privacy.not_agreed"),
        },
    )
    return Flow(
        "settings",
        resumes=False,
        needs=("consents", "plan"),
        steps=[
            Ask("choose", Choice("plan", "withdraw", "forget", holds=holds)),
            Hand("plan", "plan"),
            Hand("forget", "forget"),
            End("withdrawn"),
        ],
        routes=[
            route("choose", "plan", when=picked("plan")),
            route("choose", "withdrawn", when=picked("withdraw"), do=withdraw_consent),
            route("choose", "forget"),
        ],
    )
