"""The questions of a form as a list to pick one from, and as a person calls them there."""

from bot.flows.flow import spoken
from bot.flows.telling import short
from bot.model import Say
from bot.practice.forms import Form
from bot.practice.items import Answers, Place

SAYS = (spoken("intake.another", "group"), spoken("intake.of_several", "question", "number"))

_GOES_ON = ({"valueBoolean": True},)


def listed(form: Form, answers: Answers) -> tuple[Place, ...]:
    """The questions that apply, in their order; whether there is another of a repeating group only behind its last."""
    return tuple(place for place in form.questions(answers) if _is_of_use(form, place, answers))


def _is_of_use(form: Form, place: Place, answers: Answers) -> bool:
    return form.item(place).is_question or answers.get(str(place)) != _GOES_ON


def code(form: Form, place: Place) -> str:
    """What its button stands for: another one in each repetition."""
    return ".".join((form.item(place).digest, *map(str, place.at)))


def called(form: Form, place: Place, most: int) -> str | Say:
    """Its words, no longer than about `most`; in a repetition, with which of them it is."""
    item = form.item(place)
    if not item.is_question:
        return Say("intake.another", {"group": short(item.text, most)})
    question = short(item.text, most)
    return Say("intake.of_several", {"question": question, "number": place.at[-1] + 1}) if place.at else question
