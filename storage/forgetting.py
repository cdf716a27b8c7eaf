"""What a person may ask to have forgotten, and what has to remain for a while."""

from sqlalchemy import bindparam, delete, select, update

from bot.model import Erase, ForgetAccount
from storage.calendars import Calendars
from storage.dialogue import Dialogues
from storage.diary import Diary
from storage.occupancies import Occupancies
from storage.people import People
from storage.plans import Plans
from storage.post import Post
from storage.records import Records
from storage.tables import account_patient, patient
from storage.transaction import Actor, Transaction
from storage.waitlist import Waitlist

_OWN = (
    select(account_patient.c.patient_id)
    .join(patient, patient.c.id == account_patient.c.patient_id)
    .where(account_patient.c.account_id == bindparam("account"), patient.c.state != "erased")
    .order_by(account_patient.c.patient_id)
)
_ERASED = (
    update(patient)
    .where(patient.c.id == bindparam("patient"), patient.c.state != "erased")
    .values(state="erased", body=None, revision=patient.c.revision + 1)
)
_UNLINK = delete(account_patient).where(account_patient.c.patient_id == bindparam("patient"))


class Forgetting:
    """Erasing: of a patient (their data key goes, and all it sealed) and of an account (all that leads to a person)."""

    def __init__(
        self,
        transaction: Transaction,
        people: People,
        records: Records,
        diary: Diary,
        occupancies: Occupancies,
        calendars: Calendars,
        plans: Plans,
        waitlist: Waitlist,
        dialogues: Dialogues,
        post: Post,
    ) -> None:
        self._tx = transaction
        self._people = people
        self._records = records
        self._diary = diary
        self._occupancies = occupancies
        self._calendars = calendars
        self._plans = plans
        self._waitlist = waitlist
        self._dialogues = dialogues
        self._post = post

    def erase(self, actor: Actor, effect: Erase) -> None:
        """The practice erases any record; a person only one of their own that nobody need keep."""
        patient_id = effect.patient_id
        if actor.staff is None and (not self._people.may_touch(actor, patient_id) or self._stays(patient_id)):
            return
        self._erase(actor, patient_id)
        actor.patient_id = None

    def forget_account(self, actor: Actor, effect: ForgetAccount) -> None:
        """Somebody who was treated, or booked, has a record the practice must keep: it becomes a request."""
        tx, account_id = self._tx, actor.account.id
        for (patient_id,) in tx.rows(_OWN, {"account": account_id}):
            self._records.drop_drafts(actor, patient_id)
            if self._stays(patient_id):
                self._people.ask_erasure_of(actor, patient_id)
            else:
                self._erase(actor, patient_id)
        actor.patient_id = None
        self._occupancies.let_go(account_id)
        self._plans.stop(account_id)
        self._waitlist.forget(account_id)
        self._people.withdraw(actor)
        self._people.revoke(account_id)
        self._calendars.drop_feed(account_id)
        self._post.forget(account_id)
        self._dialogues.forget(account_id)
        self._people.practice_changed()
        tx.destroy(f"account:{account_id}")
        tx.audit(account_id, "account.forget", f"account:{account_id}")

    def _stays(self, patient_id: int) -> bool:
        return self._records.ever_submitted(patient_id) or self._diary.ever_booked(patient_id)

    def _erase(self, actor: Actor, patient_id: int) -> None:
        tx = self._tx
        if tx.count(_ERASED, {"patient": patient_id}) == 0:
            return
        self._records.erase(patient_id)
        self._diary.cancel_upcoming(actor, patient_id)
        self._plans.erase(patient_id)
        self._waitlist.erase(patient_id)
        tx.run(_UNLINK, {"patient": patient_id})
        tx.destroy(f"patient:{patient_id}")
        tx.audit(actor.account.id, "patient.erase", f"patient:{patient_id}")
