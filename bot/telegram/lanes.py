"""Who may send now: a lane for each chat, kept in order, and turns where all of them together are too many."""

from asyncio import AbstractEventLoop, Task, TimerHandle
from collections import deque
from collections.abc import Callable, Iterator

from bot.model import Parcel
from bot.telegram.letters import Call
from bot.telegram.limits import Bucket, Limits

REPLY, BULK = 0, 1
SWEEP = 1024


class Errand:
    """A parcel on its way: its calls once they are known, how many of them are done, and the message that stands for
    it."""

    __slots__ = ("again", "answered", "answering", "letter", "message_id", "parcel", "reason", "started", "step")

    def __init__(self, parcel: Parcel) -> None:
        self.parcel = parcel
        self.letter: list[Call] | None = None
        self.step = 0
        self.message_id: int | None = None
        self.again = parcel.again
        self.answering: Task[str] | None = None
        self.answered = False
        self.started = False
        self.reason = ""

    @property
    def untouched(self) -> bool:
        """Whether nothing of it can have arrived in this run."""
        return self.step == 0 and self.again == self.parcel.again

    def replaces(self, older: "Errand") -> bool:
        """Whether the older one's text would be overwritten unread by this one, and nobody waits to hear of it."""
        parcel, body = older.parcel, older.parcel.body
        target = body.get("edit")
        return (
            target is not None
            and target == self.parcel.body.get("edit")
            and parcel.card_id is None
            and self.parcel.card_id is None
            and older.step == 0
            and not body.keys() & {"receipt", "document", "venue", "contact", "files"}
        )


class Lane:
    """One chat: what waits for it, replies before bulk."""

    __slots__ = ("bucket", "bulk", "busy", "failures", "not_before", "replies", "timer", "turn")

    def __init__(self, limits: Limits, now: float) -> None:
        self.replies: deque[Errand] = deque()
        self.bulk: deque[Errand] = deque()
        self.bucket = Bucket(limits.chat_burst, limits.chat_rate, now)
        self.busy = False
        self.not_before = now
        self.failures = 0
        self.timer: TimerHandle | None = None
        self.turn: int | None = None  # REPLY or BULK while it waits its turn among all chats

    def queue(self, errand: Errand) -> deque[Errand]:
        return self.bulk if errand.parcel.lane else self.replies

    @property
    def waiting(self) -> Iterator[Errand]:
        yield from self.replies
        yield from self.bulk

    def idle(self, now: float) -> bool:
        """Whether forgetting it changes nothing."""
        kept = self.busy or self.replies or self.bulk or self.timer or self.not_before > now
        self.bucket.wait(now)
        return not kept and self.bucket.tokens >= self.bucket.burst


class Lanes:
    """All chats. `start` sets an errand going; it is called with the lane marked busy until `done`.

    One chat told to slow down waits alone; a second one told so meanwhile means that the bot as a whole is too fast,
    and all wait.
    """

    def __init__(
        self,
        limits: Limits,
        monotonic: Callable[[], float],
        loop: AbstractEventLoop,
        start: Callable[[Lane, Errand], object],
    ) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._loop = loop
        self._start = start
        self._lanes: dict[int, Lane] = {}
        self._sweep_at = SWEEP
        self._bucket = Bucket(limits.burst, limits.rate, monotonic())
        self._turns: tuple[deque[Lane], deque[Lane]] = (deque(), deque())
        self._timer: TimerHandle | None = None
        self._held_until = monotonic()
        self._slowed: tuple[Lane | None, float] = (None, self._held_until)

    @property
    def held(self) -> bool:
        """Whether Telegram asked the whole bot to wait."""
        return self._held_until > self._monotonic()

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def of(self, chat_id: int) -> Lane:
        lane = self._lanes.get(chat_id)
        if lane is None:
            now = self._monotonic()
            if len(self._lanes) >= self._sweep_at:
                self._lanes = {chat: lane for chat, lane in self._lanes.items() if not lane.idle(now)}
                self._sweep_at = max(SWEEP, 2 * len(self._lanes))
            lane = self._lanes[chat_id] = Lane(self._limits, now)
        return lane

    def stir(self, lane: Lane) -> None:
        """Set the lane's next errand going, now or when it may."""
        if lane.busy or lane.timer is not None:
            return
        if lane.turn is not None:
            if lane.turn == BULK and lane.replies:
                self._line_up(lane)
            return
        if (errand := self.next(lane)) is not None:
            lane.busy = True
            self._start(lane, errand)

    def done(self, lane: Lane) -> None:
        """The lane's errand is over, or put back: the next may go."""
        lane.busy = False
        self.stir(lane)

    def next(self, lane: Lane) -> Errand | None:
        """The errand that may go out in this moment; without one, the lane is stirred again when there is."""
        if not lane.replies and not lane.bulk:
            return None
        now = self._monotonic()
        if (wait := self.wait(lane, now)) > 0.0:
            lane.timer = self._loop.call_later(wait, self._wake, lane)
            return None
        kind = REPLY if lane.replies else BULK
        if self._turns[REPLY] or self._turns[kind] or self._bucket.wait(now) > 0.0:
            self._line_up(lane)
            return None
        return self._taken(lane)

    def wait(self, lane: Lane, now: float) -> float:
        """Seconds until this chat may be written to, as far as it alone is concerned."""
        return max(lane.bucket.wait(now), lane.not_before - now, self._held_until - now, 0.0)

    def spend(self, lane: Lane) -> None:
        """One message more than the errand's first."""
        lane.bucket.spend()
        self._bucket.spend()

    def slow_down(self, lane: Lane, seconds: float) -> None:
        """Telegram said 429 to a message of this chat."""
        now = self._monotonic()
        lane.not_before = now + seconds
        other, until = self._slowed
        if other not in (None, lane) and until > now:
            self._held_until = max(self._held_until, lane.not_before)
        self._slowed = (lane, lane.not_before)

    def back_off(self, lane: Lane, longest: float) -> None:
        """A call of this chat failed: wait half a second, then twice as long each time."""
        lane.not_before = self._monotonic() + min(0.5 * 2.0 ** min(lane.failures, 10), longest)
        lane.failures += 1

    def close(self) -> None:
        """No timer fires any more."""
        for timer in (self._timer, *(lane.timer for lane in self)):
            if timer is not None:
                timer.cancel()

    def _taken(self, lane: Lane) -> Errand:
        errand = (lane.replies or lane.bulk).popleft()
        errand.started = True
        self.spend(lane)
        return errand

    def _wake(self, lane: Lane) -> None:
        lane.timer = None
        self.stir(lane)

    def _line_up(self, lane: Lane) -> None:
        """A lane that was lined up as bulk and has a reply now stands in both lines: `turn` says which one counts."""
        lane.turn = REPLY if lane.replies else BULK
        self._turns[lane.turn].append(lane)
        if self._timer is None:
            self._timer = self._loop.call_later(self._bucket.wait(self._monotonic()), self._serve)

    def _serve(self) -> None:
        self._timer = None
        for kind, line in enumerate(self._turns):
            while line:
                now = self._monotonic()
                if (wait := self._bucket.wait(now)) > 0.0:
                    self._timer = self._loop.call_later(wait, self._serve)
                    return
                lane = line.popleft()
                if lane.turn != kind:
                    continue
                lane.turn = None
                if lane.busy or not (lane.replies or lane.bulk):
                    continue
                if (wait := self.wait(lane, now)) > 0.0:
                    lane.timer = self._loop.call_later(wait, self._wake, lane)
                    continue
                lane.busy = True
                self._start(lane, self._taken(lane))
