"""A visit: its kind, day, time, and the word that makes it firm; and what can be done about those that stand."""

from bot.flows.alerts import urgent
from bot.flows.answers import Choice, Holds, Listed, Typed
from bot.flows.assessment import NEEDS, has_not_begun, has_open_emergency, nobody_can_be_told
from bot.flows.calendar_picking import Days, Times
from bot.flows.content import Content
from bot.flows.diary import ANYONE
from bot.flows.flow import START, Ask, End, Flow, Hand, Holding, Turn, fixed, keep_nothing, picked, route, to_waitlist
from bot.flows.messaging import is_enough
from bot.flows.own import LONGEST, OwnVisits, has_a_visit, is_named
from bot.flows.own import SAYS as OF_ONES_OWN
from bot.flows.visits import DETAILS, Visits, waits_for_release
from bot.flows.visits import SAYS as OF_A_VISIT
from bot.flows.welcome import has_not_agreed
from bot.model import Offer


def booking(content: Content) -> Flow:
    """Booking, moving and cancelling a visit, being late for it, and a word to the practice about it."""
    visits = Visits(content)
    own, diary = visits.own, visits.diary
    phone = fixed(phone=content.clinic.phone)
    calls = Holds(("phone",), phone.make)
    writing = Holds(("phone", "most"), own.writing)

    def waitlisted(turn: Turn) -> tuple[tuple[Offer, ...], ...]:
        return (to_waitlist(),)

    return Flow(
        "booking",
        needs=NEEDS | {"busy", "off", "hold", "plan", "waiting"},
        window=diary.window,
        dropped=visits.let_go,
        steps=[
            Ask("visits", OwnVisits(own), when=has_a_visit),
            Ask(
                "mine",
                Choice(
                    *("late", "move", "cancel", "waitlist", "another", "keep"),
                    offered=own.choices,
                    holds=Holds(("line", "address", "phone", "notice", "before"), own.mine),
                ),
                when=is_named,
                keep=own.want,
            ),
            Ask("delay", Listed(own.delays, also=("more",), width=2), when=own.can_be_late),
            Ask("inside", Choice("write", "keep", holds=calls), when=is_named),
            Ask("message", Typed(most=LONGEST, holds=writing), when=is_named, keep=keep_nothing),
            Ask("visit", Listed(visits.kinds, holds=Holds(("expect", "before"), visits.offered))),
            Ask("practitioner", Listed(visits.practitioners, also=(ANYONE,)), when=diary.are_several),
            Ask("day", Days(diary), keep=visits.take_day),
            Ask("time", Times(diary)),
            Ask(
                "confirm",
                Choice(
                    *("book", "other_time"),
                    offered=visits.confirming,
                    holds=Holds((*DETAILS, "keeping", "asking"), visits.to_confirm),
                    standing=visits.to_finish,
                ),
            ),
            *visits.ends(),
            End("kept"),
            End(
                "cancelled",
                holding=Holding(("line", "undo", "looking", "phone"), own.cancelled),
                choices=("undo",),
                offers=visits.undoing.offers,
            ),
            End("delayed", holding=Holding(("waiting",), own.delayed)),
            End("passing_on"),
            End("not_passed", holding=phone),
            End("enough", holding=phone, says="message.enough"),
            End("full", holding=phone, offers=waitlisted),
            End("see_doctor_first", holding=urgent(content)),
            End("assessment_first"),
            End("nobody", holding=phone),
            Hand("consent", "welcome"),
            Hand("again", "booking"),
            Hand("wait", "waitlist"),
        ],
        routes=[
            route(START, "consent", when=has_not_agreed),
            route(START, "see_doctor_first", when=has_open_emergency),
            route(START, "delay", when=own.says_late, do=own.begin),
            route(START, "nobody", when=nobody_can_be_told),
            route(START, "confirm", when=visits.brings_a_time, do=own.begin),
            route(START, "practitioner", when=own.comes_to_choose_whom, do=own.begin),
            route(START, "day", when=own.comes_to_move, do=own.begin),
            route(START, "mine", when=is_named, do=own.begin),
            route(START, "visits", when=has_a_visit, do=own.begin),
            route(START, "assessment_first", when=has_not_begun),
            route(START, "full", when=diary.nothing_is_free),
            route(START, "visit", do=own.begin),
            route("visits", "kept", when=picked("keep")),
            route("visits", "visit", when=picked("another"), do=own.choose),
            route("visits", "mine", do=own.choose),
            route("mine", "delay", when=picked("late")),
            route("mine", "inside", when=own.is_too_late),
            route("mine", "cancelled", when=picked("cancel"), do=own.cancel),
            route("mine", "kept", when=picked("keep")),
            route("mine", "wait", when=picked("waitlist")),
            route("mine", "visit", when=picked("another"), do=own.choose),
            route("mine", "full", when=diary.nothing_is_free),
            route("mine", "practitioner", when=diary.are_several),
            route("mine", "day"),
            route("delay", "not_passed", when=nobody_can_be_told),
            route("delay", "delayed", do=own.say_late),
            route("inside", "kept", when=picked("keep")),
            route("inside", "enough", when=is_enough),
            route("inside", "message"),
            route("message", "not_passed", when=nobody_can_be_told),
            route("message", "enough", when=is_enough),
            route("message", "passing_on", do=own.pass_on),
            route("visit", "full", when=diary.nothing_is_free),
            route("visit", "practitioner", when=diary.are_several),
            route("visit", "day"),
            route("practitioner", "full", when=diary.nothing_is_free),
            route("practitioner", "day"),
            route("day", "full", when=diary.nothing_is_free),
            route("day", "day", when=visits.earliest_has_gone, do=visits.say_gone),
            route("day", "confirm", when=visits.took_the_earliest, do=visits.keep),
            route("day", "time"),
            route("time", "day", when=picked("other_day"), do=visits.look_further),
            route("time", "full", when=visits.every_time_has_gone),
            route("time", "day", when=visits.time_has_gone, do=visits.say_gone),
            route("time", "confirm", do=visits.keep),
            route("confirm", "consent", when=has_not_agreed, do=visits.let_go),
            route("confirm", "see_doctor_first", when=has_open_emergency, do=visits.let_go),
            route("confirm", "again", when=visits.changed_meanwhile, do=visits.let_go),
            route("confirm", "full", when=visits.every_time_has_gone),
            route("confirm", "day", when=picked("other_time"), do=visits.look_further),
            route("confirm", "day", when=visits.time_has_gone, do=visits.say_gone),
            route("confirm", "waiting", when=waits_for_release, do=visits.book),
            route("confirm", "requested", when=visits.is_request, do=visits.move),
            route("confirm", "moved", when=diary.is_moving, do=visits.move),
            route("confirm", "booked", do=visits.book),
        ],
        says=(*OF_A_VISIT, *OF_ONES_OWN),
    )
