"""What will be known once the deeds of an event are done, as far as what follows in the same event asks for it."""

from collections.abc import Iterable
from dataclasses import replace

from bot.model import (
    AddTimeOff,
    ApproveBooking,
    AskToMove,
    Book,
    Booking,
    CancelBooking,
    CloseRecord,
    ConfirmBooking,
    DropTimeOff,
    Effect,
    Facts,
    Flag,
    GiveConsent,
    Hold,
    Identify,
    KeepScores,
    Kind,
    LetGo,
    MakeOffer,
    MarkVisit,
    OpenEpisode,
    OpenRecord,
    RaiseFlag,
    ReachedCare,
    Record,
    Refit,
    ReleaseBookings,
    RenewHold,
    RunLate,
    SaveAnswer,
    Scores,
    Seen,
    SetPlan,
    SettleFlags,
    SettleOffer,
    StopWaiting,
    TimeOff,
    Told,
    Wait,
    Waiting,
    WithdrawConsent,
)


def foreseen(facts: Facts, effects: Iterable[Effect]) -> Facts:
    """The facts with the deeds done to them."""
    for effect in effects:
        facts = _flagged(_booked(_answered(facts, effect), effect), effect)
        match effect:
            case GiveConsent():
                facts = replace(facts, consents=facts.consents | {effect.purpose})
            case WithdrawConsent():
                facts = replace(facts, consents=facts.consents - {effect.purpose})
            case SetPlan():
                facts = replace(facts, plan=effect.plan)
            case Hold():
                facts = replace(facts, hold=effect)
            case RenewHold() if facts.hold and facts.hold.since == effect.since and facts.hold.until > facts.now:
                until = max(facts.hold.until, min(effect.until, facts.hold.since + effect.longest))
                facts = replace(facts, hold=replace(facts.hold, until=until))
            case LetGo() | Book():
                facts = replace(facts, hold=None)
            case AddTimeOff():
                made = TimeOff(0, effect.kind, effect.ref, effect.starts_at, effect.ends_at, made_at=facts.now)
                facts = replace(facts, off=tuple(sorted((*facts.off, made), key=lambda one: one.starts_at)))
            case DropTimeOff():
                facts = replace(facts, off=tuple(one for one in facts.off if one.id != effect.id))
            case KeepScores():
                given = Scores(facts.now, effect.occasion, effect.values)
                facts = replace(facts, scores=(*facts.scores, given))
            case Wait() if facts.patient:
                since = facts.waiting.since if facts.waiting else facts.now
                waits = Waiting(facts.patient.id, facts.account.id, effect.days, effect.parts, since)
                facts = replace(facts, waiting=waits)
            case StopWaiting():
                facts = replace(facts, waiting=None)
            case MakeOffer() if facts.opening:
                at, until = effect.starts_at, effect.until
                out = replace(facts.opening, is_out=True, state="offered", offered_at=at, until=until)
                facts = replace(facts, opening=out)
            case SettleOffer() if facts.opening:
                facts = replace(facts, opening=replace(facts.opening, is_out=False, state=effect.state))
            case Identify() if patient := facts.patient:
                name, born = effect.name or patient.name, effect.birth_date or patient.birth_date
                phone, whole = effect.phone or patient.phone, effect.full_name or patient.full_name
                known = replace(patient, name=name, birth_date=born, phone=phone, full_name=whole)
                facts = replace(facts, patient=known)
            case _:
                pass
    return facts


def _answered(facts: Facts, effect: Effect) -> Facts:
    match effect:
        case OpenRecord():
            return _with(facts, effect.kind, Record(0, 0, effect.form, "in-progress", {}, touched_at=facts.now))
        case SaveAnswer() if record := _response(facts, effect.kind):
            return _with(facts, effect.kind, _saved(record, effect))
        case CloseRecord() if record := _response(facts, effect.kind):
            submitted = record.submitted_at if effect.status == "stopped" else facts.now
            closed = replace(record, status=effect.status, submitted_at=submitted, was={})
            if effect.kind == "check" and submitted:
                facts = replace(facts, checks=(*facts.checks, closed))
            return _with(facts, effect.kind, closed)
        case Refit() if record := _response(facts, effect.kind):
            return _with(facts, effect.kind, replace(record, form=effect.form))
        case _:
            return facts


def _saved(record: Record, effect: SaveAnswer) -> Record:
    """With an answer; once the response was sent, what stood there stands beside it."""
    was = record.was
    if record.status != "in-progress":
        was = {effect.place: record.answers.get(effect.place, ()), **was}
    answers = {**record.answers, effect.place: effect.values}
    return replace(record, answers=answers, was=was, asked=record.asked - {effect.place})


def _response(facts: Facts, kind: Kind) -> Record | None:
    return facts.record if kind == "intake" else facts.check


def _with(facts: Facts, kind: Kind, record: Record) -> Facts:
    if kind == "check":
        return replace(facts, check=record)
    return replace(facts, record=record, sent=record if record.submitted_at else facts.sent)


def _flagged(facts: Facts, effect: Effect) -> Facts:
    flags = facts.flags
    match effect:
        case OpenEpisode():
            flags = tuple(flag for flag in flags if flag.holds)
        case RaiseFlag():
            record = _response(facts, effect.kind)
            at = record.id if record else 0
            raised = Flag(effect.code, effect.level, "open", effect.link_id, response_id=at, raised_at=facts.now)
            flags = (*flags, raised)
        case SettleFlags():
            flags = tuple(_settled(flag, effect) for flag in flags)
            flags = tuple(flag for flag in flags if flag.state != "withdrawn")
        case Told():
            told = effect.flags
            flags = tuple(replace(flag, told=True) if (flag.response_id, flag.code) in told else flag for flag in flags)
        case Seen():
            flags = tuple(replace(flag, seen=True) if flag.is_waiting else flag for flag in flags)
        case ReachedCare():
            flags = tuple(replace(flag, care=effect.answer) if flag.is_waiting else flag for flag in flags)
        case _:
            pass
    return facts if flags is facts.flags else replace(facts, flags=flags)


def _settled(flag: Flag, effect: SettleFlags) -> Flag:
    is_meant = flag.state in effect.which and (not effect.codes or flag.code in effect.codes)
    if not is_meant or effect.response_id not in (None, flag.response_id):
        return flag
    return replace(flag, state=effect.state)


def _changed(visit: Booking, effect: Effect) -> Booking:
    """A visit as the effect leaves it."""
    match effect:
        case ReleaseBookings() if visit.state == "awaiting_release" and visit.approve_until is None:
            is_theirs = visit.patient_id == effect.patient_id
            return replace(visit, state="booked", sequence=visit.sequence + 1) if is_theirs else visit
        case ApproveBooking() if effect.booking_id == visit.id:
            return replace(visit, state=effect.state, approve_until=None, sequence=visit.sequence + 1)
        case ConfirmBooking() if effect.booking_id == visit.id:
            return replace(visit, confirmed=True)
        case AskToMove() if effect.booking_id == visit.id:
            return replace(visit, move_asked=True)
        case RunLate() if effect.booking_id == visit.id:
            return replace(visit, late=effect.minutes)
        case MarkVisit() if effect.booking_id == visit.id:
            return replace(visit, state=effect.state)
        case _:
            return visit


def _standing(facts: Facts) -> tuple[Booking, ...]:
    """The visits one may take the place of: one that was cancelled is replaced where that is undone."""
    return (*facts.bookings, facts.visit) if facts.visit else facts.bookings


def _booked(facts: Facts, effect: Effect) -> Facts:
    bookings = facts.bookings
    match effect:
        case Book():
            patient = effect.patient_id or (facts.patient.id if facts.patient else 0)
            made = Booking(
                0,
                patient,
                effect.visit,
                effect.practitioner,
                effect.starts_at,
                effect.ends_at,
                effect.zone,
                effect.state,
                effect.uid,
                next((one.sequence + 1 for one in _standing(facts) if one.id in (effect.replaces, effect.again)), 0),
                approve_until=effect.approve_until,
                made_at=facts.now,
            )
            others = (one for one in bookings if one.id != effect.replaces)
            bookings = tuple(sorted((*others, made), key=lambda one: one.starts_at))
        case CancelBooking():
            bookings = tuple(one for one in bookings if one.id != effect.booking_id)
        case ReleaseBookings() | ApproveBooking() | ConfirmBooking() | AskToMove() | RunLate() | MarkVisit():
            return replace(
                facts,
                bookings=tuple(_changed(one, effect) for one in bookings),
                diary=tuple(_changed(one, effect) for one in facts.diary),
                past=tuple(_changed(one, effect) for one in facts.past),
                visit=_changed(facts.visit, effect) if facts.visit else None,
            )
        case _:
            return facts
    return replace(facts, bookings=bookings)
