"""Whoever treats and wherever: a row each, to be locked and occupied."""

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_skip

from storage.tables import place, resource
from storage.transaction import Transaction

# Everybody locks all of them, in one order: a transaction may take several people's times, and two that lock in the
# order of their own needs deadlock.
_LOCK = select(resource.c.kind, resource.c.ref, resource.c.id).order_by(resource.c.id).with_for_update()
# The first transactions of several processes come at once.
_ADD = insert_or_skip(resource).on_conflict_do_nothing()
_ALL = select(resource.c.kind, resource.c.ref)
_PLACE = select(place.c.id, place.c.zone).where(place.c.ref == bindparam("place"))
_ADD_PLACE = insert_or_skip(place).on_conflict_do_nothing()
_MOVE_PLACE = update(place).where(place.c.id == bindparam("place")).values(zone=bindparam("zone_now"))


class Resources:
    """The practitioners and rooms of `clinic.yaml`, as rows."""

    def __init__(self, transaction: Transaction) -> None:
        self._tx = transaction
        self._locked: Mapping[tuple[str, str], int] = {}

    def lock(self) -> Mapping[tuple[str, str], int]:
        """Every row by (kind, ref), locked up to the end of the transaction: until then nobody else takes a time, gives
        one back, or says that somebody is away."""
        if not self._locked:
            self._locked = {(kind, ref): resource_id for kind, ref, resource_id in self._tx.rows(_LOCK)}
        return self._locked

    def locked(self, kind: str, ref: str) -> int:
        """One of them. Raises LookupError for one that is not in the diary."""
        try:
            return self.lock()[kind, ref]
        except KeyError:
            raise LookupError(f"a {kind} that is asked for is not in the diary") from None

    def sync(self, practitioners: Iterable[str], rooms: Iterable[str], place_ref: str, zone: str) -> None:
        """Gives whoever and whatever clinic.yaml names a row; none is ever removed."""
        tx = self._tx
        tx.run(_ADD_PLACE, {"ref": place_ref, "zone": zone})
        place_id, stands_in = tx.rows(_PLACE, {"place": place_ref})[0]
        if stands_in != zone:
            tx.run(_MOVE_PLACE, {"place": place_id, "zone_now": zone})
        known = {(kind, ref) for kind, ref in tx.rows(_ALL)}
        named = [("practitioner", ref) for ref in practitioners] + [("room", ref) for ref in rooms]
        missing = [{"place_id": place_id, "kind": kind, "ref": ref} for kind, ref in named if (kind, ref) not in known]
        if missing:
            tx.run(_ADD, missing)
