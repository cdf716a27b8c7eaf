"""Busy times: practitioners' own calendars, looked at from time to time, and what is found there told to the house."""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.calendars.fetching import Allowed, Unfetched, fetch
from bot.calendars.reader import Unread, read
from bot.model import Arrival, Errand, Looked, Reading
from bot.practice.clinic import Clinic
from bot.reception import Reception

logger = logging.getLogger(__name__)

WHOLE = timedelta(days=1)
"""After so long a calendar is read again though it has not changed: what repeats has come into sight meanwhile."""
BEYOND = timedelta(days=3)
"""How far behind the last day that can be booked it is read: until it is read again, and for a visit's end."""
BEHIND = timedelta(days=1)
AT_ONCE = 2


class BusyTimes:
    """Looks at the calendars whose time has come. What is slow or fails there keeps nobody else waiting."""

    def __init__(self, reception: Reception, clinic: Clinic, now: Callable[[], datetime], allowed: Allowed) -> None:
        self._reception = reception
        self._clinic = clinic
        self._now = now
        self._allowed = allowed
        self._doors = asyncio.Semaphore(AT_ONCE)

    async def look(self) -> None:
        """Every calendar that is due, once; each is told to the house as soon as it was looked at."""
        errands = await asyncio.wrap_future(self._reception.do(lambda work: work.outside.due()))
        await asyncio.gather(*(self._told(errand) for errand in errands))

    async def _told(self, errand: Errand) -> None:
        async with self._doors:
            looked = await self._looked(errand)
        if looked.trouble:
            logger.info("a practitioner's calendar could not be read: %s", looked.trouble)
        arrival = Arrival(errand.chat_id, looked, origin=f"calendar:{errand.chat_id}:{errand.revision}")
        await asyncio.wrap_future(self._reception.receive([arrival]))

    async def _looked(self, errand: Errand) -> Looked:
        now = self._now()
        is_known = errand.full_at is not None and now - errand.full_at < WHOLE
        try:
            fetched = await fetch(errand.url, errand.marks if is_known else {}, self._allowed)
            before = Reading(None, errand.marks, errand.digest, errand.full_at)
            if fetched is None:
                return Looked(errand.revision, before)
            digest = hashlib.sha256(fetched.content).hexdigest()
            if is_known and digest == errand.digest:
                return Looked(errand.revision, replace(before, marks=fetched.marks))
            stretches, whole = await read(
                fetched.content,
                zone=self._clinic.zone,
                since=now - BEHIND,
                until=now + timedelta(days=self._clinic.policies.horizon_days) + BEYOND,
                own=errand.own,
            )
        except (Unfetched, Unread) as failure:
            return Looked(errand.revision, None, failure.why)
        reading = Reading(tuple(stretches), fetched.marks, digest, now)
        return Looked(errand.revision, reading, None if whole else "partly")
