"""What ends a command with one line for the operator."""


class Refused(Exception):
    """Something the operator must change first. `str()` is one line; `code` is the exit code."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code
