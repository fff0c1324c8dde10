"""Exit statuses of ``unigrad conformance``."""

#: everything that was compared agrees
AGREE = 0
#: at least one comparison failed
DISAGREE = 1
#: the options ask for something that is not there: nothing was run
USAGE = 2
#: a backend cannot be imported, or breaks its basic promises: nothing was run
BROKEN = 3
#: Ctrl-C: what was found so far is in the reports
INTERRUPTED = 130


class Refused(Exception):
    """A run that cannot start; says why, and what to do."""

    def __init__(self, message: str, status: int = USAGE) -> None:
        super().__init__(message)
        self.status = status
