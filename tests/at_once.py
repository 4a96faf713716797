"""Steps at the same moment, each on a connection of its own, to see what holds between them."""

import threading
from collections.abc import Callable

from django.db import connection


def at_once(*runs: Callable[[], object], refusals: tuple[type[Exception], ...] = ()) -> list:
    """Run all of these at the same moment; give what each answered, or the class of its refusal."""
    start, answers = threading.Barrier(len(runs)), []

    def go(run: Callable[[], object]) -> None:
        try:
            start.wait()
            answers.append(run())
        except refusals as refused:
            answers.append(type(refused))
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[run]) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
