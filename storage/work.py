"""Work: the reads and writes of one transaction. Facts are gathered here, and effects carried out."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot import model
from bot.model import Effect, Needs
from storage.alarms import Alarms
from storage.calendars import Calendars
from storage.database import Database
from storage.dialogue import Dialogues
from storage.diary import Diary
from storage.flags import Flags
from storage.forgetting import Forgetting
from storage.occupancies import Occupancies
from storage.outside import OutsideCalendars
from storage.pages import Pages
from storage.people import People
from storage.plans import Plans
from storage.post import Post
from storage.records import Records
from storage.reminders import Reminders
from storage.resources import Resources
from storage.scores import ScoreBook
from storage.timeoff import TimesOff
from storage.transaction import Actor, Transaction
from storage.vault import KeyRing, Vault
from storage.waitlist import Waitlist

MOST_PATIENTS = 2000
"""So many are looked through for a name, the newest first."""

Gather = Callable[["Work", int], Any]

_OF_A_PATIENT: dict[str, Gather] = {
    "patient": lambda work, patient: work.people.patient(patient),
    "record": lambda work, patient: work.records.record(patient, "intake"),
    "check": lambda work, patient: work.records.record(patient, "check"),
    "sent": lambda work, patient: work.records.sent(patient),
    "checks": lambda work, patient: work.records.checks(patient),
    "flags": lambda work, patient: work.signs.flags(patient),
    "bookings": lambda work, patient: work.diary.bookings(patient),
    "past": lambda work, patient: work.diary.past(patient),
    "plan": lambda work, patient: work.plans.plan(patient),
    "accounts": lambda work, patient: work.people.accounts_of(patient),
    "reading": lambda work, patient: work.records.reading(patient),
    "topics": lambda work, patient: work.plans.topics(patient),
    "scores": lambda work, patient: work.scores.scores(patient),
    "waiting": lambda work, patient: work.waitlist.waiting(patient),
}
_OF_THE_HOUSE: dict[str, Callable[["Work", Actor, Needs], Any]] = {
    "consents": lambda work, actor, needs: work.people.consents(actor.account.id),
    "practice": lambda work, actor, needs: work.people.practice(),
    "busy": lambda work, actor, needs: work.occupancies.busy(needs.window, actor.account.id),
    "off": lambda work, actor, needs: work.away.within(needs.window),
    "hold": lambda work, actor, needs: work.occupancies.held(actor.account.id),
    "opening": lambda work, actor, needs: work.waitlist.opening(needs.row, actor.account.id),
    "invite": lambda work, actor, needs: work.people.invite(needs.code),
    "reminder": lambda work, actor, needs: work.reminders.named(actor, needs.row),
    "feed": lambda work, actor, needs: work.calendars.feed(actor),
    "outside": lambda work, actor, needs: work.outside.of(actor),
    "secret": lambda work, actor, needs: work.calendars.secret(),
}
_OF_EVERYBODY: dict[str, tuple[str, Callable[["Work", Needs], Any]]] = {
    "diary": ("diary", lambda work, needs: work.diary.diary(needs.window)),
    "patients": ("patients", lambda work, needs: work.people.in_care(MOST_PATIENTS)),
    "concerns": ("flags", lambda work, needs: work.signs.concerns()),
    "progress": ("scores", lambda work, needs: work.scores.progress()),
    "waitlist": ("waitlist", lambda work, needs: work.waitlist.everybody()),
}
"""Groups with everybody's names in them: for practitioners alone, and audited as what stands beside."""

_DEEDS: dict[type[Effect], Callable[["Work", Actor, Any], None]] = {
    model.GiveConsent: lambda work, actor, effect: work.people.give_consent(actor, effect),
    model.WithdrawConsent: lambda work, actor, effect: work.people.withdraw_consent(actor, effect),
    model.OpenEpisode: lambda work, actor, effect: work.records.open_episode(actor, effect),
    model.OpenRecord: lambda work, actor, effect: work.records.open_record(actor, effect),
    model.Refit: lambda work, actor, effect: work.records.refit(actor, effect),
    model.AskAgain: lambda work, actor, effect: work.records.ask_again(actor, effect),
    model.SaveAnswer: lambda work, actor, effect: work.records.save_answer(actor, effect),
    model.Identify: lambda work, actor, effect: work.people.identify(actor, effect),
    model.CloseRecord: lambda work, actor, effect: work.records.close_record(actor, effect),
    model.DropRecord: lambda work, actor, effect: work.records.drop_record(actor, effect),
    model.KeepScores: lambda work, actor, effect: work.scores.keep(actor, effect),
    model.RaiseFlag: lambda work, actor, effect: work.signs.raise_flag(actor, effect),
    model.SettleFlags: lambda work, actor, effect: work.signs.settle_flags(actor, effect),
    model.Told: lambda work, actor, effect: work.signs.told(actor, effect),
    model.Seen: lambda work, actor, effect: work.signs.seen(actor, effect),
    model.ReachedCare: lambda work, actor, effect: work.signs.reached_care(actor, effect),
    model.SetAlarm: lambda work, actor, effect: work.alarms.set(actor, effect),
    model.Book: lambda work, actor, effect: work.diary.book(actor, effect),
    model.Hold: lambda work, actor, effect: work.occupancies.keep(actor, effect),
    model.RenewHold: lambda work, actor, effect: work.occupancies.renew(actor, effect),
    model.LetGo: lambda work, actor, effect: work.occupancies.let_go(actor.account.id),
    model.CancelBooking: lambda work, actor, effect: work.diary.cancel_booking(actor, effect),
    model.ConfirmBooking: lambda work, actor, effect: work.diary.confirm_booking(actor, effect),
    model.ReleaseBookings: lambda work, actor, effect: work.diary.release_bookings(actor, effect),
    model.ApproveBooking: lambda work, actor, effect: work.diary.approve(actor, effect),
    model.AskToMove: lambda work, actor, effect: work.diary.ask_to_move(actor, effect),
    model.RunLate: lambda work, actor, effect: work.diary.run_late(actor, effect),
    model.MarkVisit: lambda work, actor, effect: work.diary.mark(actor, effect),
    model.AddTimeOff: lambda work, actor, effect: work.away.add(actor, effect),
    model.DropTimeOff: lambda work, actor, effect: work.away.drop(actor, effect),
    model.Wait: lambda work, actor, effect: work.waitlist.wait(actor, effect),
    model.StopWaiting: lambda work, actor, effect: work.waitlist.stop(actor),
    model.MakeOffer: lambda work, actor, effect: work.waitlist.make_offer(actor, effect),
    model.SettleOffer: lambda work, actor, effect: work.waitlist.settle_offer(actor, effect),
    model.PassOver: lambda work, actor, effect: work.waitlist.pass_over(actor, effect),
    model.MakeFeed: lambda work, actor, effect: work.calendars.make_feed(actor, effect),
    model.RevokeFeed: lambda work, actor, effect: work.calendars.revoke_feed(actor, effect),
    model.KeepCalendar: lambda work, actor, effect: work.outside.keep(actor, effect),
    model.DropCalendar: lambda work, actor, effect: work.outside.drop(actor, effect),
    model.MarkCalendar: lambda work, actor, effect: work.outside.mark(actor, effect),
    model.SetPlan: lambda work, actor, effect: work.plans.set_plan(actor, effect),
    model.AddLine: lambda work, actor, effect: work.plans.add_line(actor, effect),
    model.PlanReminder: lambda work, actor, effect: work.reminders.plan(actor, effect),
    model.CancelReminders: lambda work, actor, effect: work.reminders.cancel(actor, effect),
    model.SettleReminder: lambda work, actor, effect: work.plans.settle_reminder(actor, effect),
    model.Reschedule: lambda work, actor, effect: work.reminders.reschedule(actor, effect),
    model.PutOff: lambda work, actor, effect: work.reminders.put_off(actor, effect),
    model.SetReachable: lambda work, actor, effect: work.set_reachable(actor, effect),
    model.LinkStaff: lambda work, actor, effect: work.people.link_staff(actor, effect),
    model.AskErasure: lambda work, actor, effect: work.people.ask_erasure(actor, effect),
    model.Erase: lambda work, actor, effect: work.forgetting.erase(actor, effect),
    model.ForgetAccount: lambda work, actor, effect: work.forgetting.forget_account(actor, effect),
    model.Note: lambda work, actor, effect: work.people.note(actor, effect),
}

_TELLING = frozenset({"patient", "record", "sent", "check", "checks", "flags", "bookings", "past", "topics", "scores"})
"""Groups that tell of a patient: the practice's reading of them is audited."""


class Work:
    """One transaction's work, by subject. Made anew for each, by `Pen`."""

    people: People
    signs: Flags
    records: Records
    scores: ScoreBook
    alarms: Alarms
    resources: Resources
    away: TimesOff
    occupancies: Occupancies
    diary: Diary
    pages: Pages
    calendars: Calendars
    outside: OutsideCalendars
    reminders: Reminders
    plans: Plans
    waitlist: Waitlist
    dialogues: Dialogues
    post: Post
    forgetting: Forgetting

    def __init__(self, connection: Connection, vault: Vault, ring: KeyRing, *, now: datetime, run_id: str) -> None:
        self._tx = Transaction(connection, vault, ring, now, run_id)
        self.now = now
        self.people = People(self._tx)
        self.signs = Flags(self._tx, self.people)
        self.records = Records(self._tx, self.people, self.signs)
        self.reminders = Reminders(self._tx, self.people)
        self.scores = ScoreBook(self._tx, self.people, self.records, self.reminders)
        self.alarms = Alarms(self._tx, self.people)
        self.resources = Resources(self._tx)
        self.away = TimesOff(self._tx, self.resources)
        self.occupancies = Occupancies(self._tx, self.resources)
        self.waitlist = Waitlist(self._tx, self.people)
        self.diary = Diary(self._tx, self.people, self.occupancies, self.away, self.reminders, self.waitlist)
        self.pages = Pages(self._tx)
        self.calendars = Calendars(self._tx, self.people)
        self.outside = OutsideCalendars(self._tx, self.resources, self.away)
        self.plans = Plans(self._tx, self.people, self.reminders)
        self.dialogues = Dialogues(self._tx)
        self.post = Post(self._tx)
        self.forgetting = Forgetting(
            self._tx,
            self.people,
            self.records,
            self.diary,
            self.occupancies,
            self.calendars,
            self.plans,
            self.waitlist,
            self.dialogues,
            self.post,
        )

    def read_ahead(self, reminders: Iterable[model.Reminder]) -> None:
        """Reads at once what advice that is due is decided on: one by one it would take ten questions each."""
        advice = [one for one in reminders if one.kind == "advice"]
        if not advice:
            return
        patients = sorted({one.patient_id for one in advice})
        self.plans.read_ahead(patients)
        self.people.read_ahead(sorted({one.account_id for one in advice}))
        self.records.read_ahead(patients)
        self.signs.read_ahead(patients)
        self.diary.read_ahead(patients)

    def gather(self, needs: Needs, actor: Actor) -> dict[str, Any]:
        """The groups needed, as fields of `Facts`. A group that has nothing this person may know is left out:
        its default stands.

        Without `patient_id` the patient is the account's own newest in care. A patient's account may touch only
        its own patients; of the practice, anybody's, and that is audited.
        """
        facts: dict[str, Any] = {}
        named = needs.patient_id
        if "visit" in needs.groups:
            facts["visit"] = self.visit(actor, needs.row)
            named = facts["visit"].patient_id if facts["visit"] else None
        patient_id = named
        if patient_id is None and "patient" in needs.groups:
            own = self.people.own_patient(actor)
            if own is not None:
                patient_id, facts["patient"] = own.id, own
        elif patient_id is None:
            patient_id = self.people.patient_of(actor)
        elif not self.people.may_touch(actor, patient_id):
            patient_id = None
        for group in needs.groups - facts.keys():
            if group in _OF_THE_HOUSE:
                facts[group] = _OF_THE_HOUSE[group](self, actor, needs)
            elif group in _OF_EVERYBODY:
                facts[group] = self._of_everybody(group, actor, needs)
            elif patient_id is not None:
                facts[group] = _OF_A_PATIENT[group](self, patient_id)
        if actor.staff is not None and named is not None and needs.groups & _TELLING:
            self._tx.audit(actor.account.id, "read", f"patient:{named}")
        return facts

    def _of_everybody(self, group: str, actor: Actor, needs: Needs) -> Any:
        if actor.practitioner is None:
            return ()
        subject, read = _OF_EVERYBODY[group]
        self._tx.audit(actor.account.id, "read", subject)
        return read(self, needs)

    def carry_out(self, effects: Iterable[Effect], actor: Actor) -> None:
        """Does the deeds, in their order.

        What is about a patient is about the actor's own newest in care, unless the effect names one; a named row
        that is not theirs is left alone. Raises LookupError for a deed that has nothing to be done to, and what
        the database raises where somebody else was first (`storage.database.conflict`).
        """
        for effect in effects:
            _DEEDS[type(effect)](self, actor, effect)

    def visit(self, actor: Actor, row: int | None) -> model.Booking | None:
        """The visit a button names, if it is this person's business: a contact of the practice's it is not."""
        found = None if row is None else self.diary.visit(row)
        if found is None or (actor.staff is not None and actor.practitioner is None):
            return None
        return found if self.people.may_touch(actor, found.patient_id) else None

    def set_reachable(self, actor: Actor, effect: model.SetReachable) -> None:
        """Whether messages reach an account: what is planned for one that is lost is cancelled."""
        if self.people.set_reachable(actor, effect) and not effect.reachable:
            self.reminders.lose(effect.account_id)

    def claim(self, limit: int) -> list[model.Parcel]:
        """What waits in the outbox; see `storage.post.Post.claim`. Of what was too late, that it was is kept."""
        parcels, lapsed = self.post.claim(limit)
        reminders = [key.split(":")[1].partition(".")[0] for key in lapsed if key.startswith("reminder:")]
        self.reminders.lapsed(map(int, reminders))
        return parcels

    def card(self, card_id: int) -> tuple[int | None, int]:
        """The message that shows a card, if there is one yet, and the card's newest revision."""
        return self.post.card(card_id)

    def prune(self) -> None:
        """Deletes what is kept for a time only, and whose time is over."""
        self.dialogues.prune()
        self.post.prune()
        self.waitlist.prune()

    @property
    def erased(self) -> bool:
        """Whether somebody's data key was destroyed."""
        return self._tx.erased

    def finish(self) -> None:
        """Writes what was put off, the new keys and the audit. The last thing before the commit."""
        self.reminders.flush()
        self.plans.flush()
        self._tx.finish()


class Pen:
    """What one thread writes with: a kept connection and the keys at hand. Others may have theirs."""

    def __init__(self, database: Database, vault: Vault, *, run_id: str = "") -> None:
        """`run_id` names this run among all there were: rows of the outbox are claimed in its name."""
        self._database = database
        self._vault = vault
        self._run_id = run_id
        self._ring = KeyRing()
        self._connection: Connection | None = None

    @contextmanager
    def work(self, now: datetime) -> Iterator[Work]:
        """One transaction: committed at the end, and only then are its keys kept.

        On any exception all of it is rolled back: rows, keys and all.
        """
        try:
            if self._connection is None:
                self._connection = self._database.connect()
            with self._database.write(self._connection):
                work = Work(self._connection, self._vault, self._ring, now=now, run_id=self._run_id)
                yield work
                work.finish()
        except BaseException:
            self._ring.rolled_back()
            raise
        self._ring.committed()
        if work.erased:
            self._database.checkpoint()

    def close(self) -> None:
        """Lets go of the connection; the next work takes a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
