"""The life of a notice, as a table."""

from enum import StrEnum


class NoticeState(StrEnum):
    """What a notice is waiting for."""

    READY = "ready"  # for a worker to mail it
    SENDING = "sending"  # for the mail server's answer, under a lease
    SENT = "sent"  # for nothing: the mail server took it
    FAILED = "failed"  # for a person: try again, or withdraw
    KEPT = "kept"  # for nothing: archived; there was no address to mail it to
    WITHDRAWN = "withdrawn"  # for nothing: it is kept, and is not mailed


NOTICE_MOVES: dict[NoticeState, set[NoticeState]] = {
    NoticeState.READY: {NoticeState.SENDING, NoticeState.WITHDRAWN},
    NoticeState.SENDING: {NoticeState.READY, NoticeState.SENT, NoticeState.FAILED},
    NoticeState.FAILED: {NoticeState.READY, NoticeState.WITHDRAWN},
    NoticeState.KEPT: {NoticeState.WITHDRAWN},
    NoticeState.SENT: set(),
    NoticeState.WITHDRAWN: set(),
}
