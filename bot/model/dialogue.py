"""Where the dialogue stands between two events."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    label -> data, so that a typed label counts as its tap.
    """

    flow: str | None = None
    drafts: Mapping[str, Draft] = field(default_factory=dict)
    asking: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)

    def dumps(self) -> bytes:
        """As JSON, for the vault."""
        drafts = {name: [draft.step, draft.data, draft.trail] for name, draft in self.drafts.items()}
        return json.dumps(
            [self.flow, drafts, self.asking, self.labels],
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()

    @staticmethod
    def loads(body: bytes) -> "Conversation":
        """From what `dumps` wrote."""
        flow, drafts, asking, labels = json.loads(body)
        return Conversation(
            flow=flow,
            drafts={name: Draft(step, data, tuple(trail)) for name, (step, data, trail) in drafts.items()},
            asking=asking,
            labels=labels,
        )
