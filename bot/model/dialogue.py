"""Where the dialogue stands between two events."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Draft:
    """One flow, half done: its step, what was answered so far, and the steps behind it."""

    step: str
    data: Mapping[str, Any] = field(default_factory=dict)
    trail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that is remembered of a dialogue between two events.

    `asking` rises when a question is put, so that an old button is known as old; `labels` are the buttons last shown,
    label -> data, so that a typed label counts as its tap. `heard_at` is when they last said or tapped anything;
    `passed_on`, when their last messages to the practice were.
    """

    flow: str | None = None
    drafts: Mapping[str, Draft] = field(default_factory=dict)
    asking: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    heard_at: datetime | None = None
    passed_on: tuple[datetime, ...] = ()

    def dumps(self) -> bytes:
        """As JSON, for the vault."""
        drafts = {name: [draft.step, draft.data, draft.trail] for name, draft in self.drafts.items()}
        heard_at, passed_on = self.heard_at and self.heard_at.isoformat(), [at.isoformat() for at in self.passed_on]
        return json.dumps(
            [self.flow, drafts, self.asking, self.labels, heard_at, passed_on],
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()

    @staticmethod
    def loads(body: bytes) -> "Conversation":
        """From what `dumps` wrote."""
        flow, drafts, asking, labels, heard_at, passed_on = json.loads(body)
        return Conversation(
            flow=flow,
            drafts={name: Draft(step, data, tuple(trail)) for name, (step, data, trail) in drafts.items()},
            asking=asking,
            labels=labels,
            heard_at=datetime.fromisoformat(heard_at) if heard_at else None,
            passed_on=tuple(map(datetime.fromisoformat, passed_on)),
        )
