"""Flows drawn as Mermaid state diagrams, from the edges that are walked."""

from collections.abc import Callable, Iterable, Iterator

from bot.flows.flow import START, End, Flow, Hand, Route

_RESERVED = frozenset({"end", "state", "note", "direction", "class", "fork", "join", "choice"})


def document(flows: Iterable[Flow]) -> str:
    """Every flow as one Markdown page."""
    sections = [f"## {flow.name}\n\n```mermaid\n{draw(flow)}```\n" for flow in flows]
    return "# The flows\n\nDrawn by `acuback diagram` from the tables in `bot/flows/`.\n\n" + "\n".join(sections)


def draw(flow: Flow) -> str:
    """One flow: its steps, what leads on from each, and where it ends or hands over."""
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in _lines(flow))]) + "\n"


def _lines(flow: Flow) -> Iterator[str]:
    for edge in flow.edges:
        yield _arrow(_node(edge.source), _node(edge.target), _label(edge, flow))
    for step in flow.steps.values():
        match step:
            case Hand():
                yield _arrow(_node(step.name), "[*]", f"on to {step.to}")
            case End():
                yield _arrow(_node(step.name), "[*]", "")
            case _:
                continue


def _arrow(source: str, target: str, label: str) -> str:
    return f"{source} --> {target}: {label}" if label else f"{source} --> {target}"


def _node(name: str) -> str:
    if name == START:
        return "[*]"
    return f"{name}_" if name in _RESERVED else name


def _label(edge: Route, flow: Flow) -> str:
    """The guard as a question, the deed after a slash; a way that always is open beside others is 'otherwise'."""
    guarded = any(other.source == edge.source and other.when for other in flow.edges)
    when = _prose(edge.when) or ("otherwise" if guarded else "")
    deed = _prose(edge.do)
    return f"{when} / {deed}".strip(" /") if deed else when


def _prose(function: Callable[..., object] | None) -> str:
    name = getattr(function, "__name__", "")
    return "" if name == "<lambda>" else name.strip("_").replace("_", " ")
