"""Run every benchmark and print one table; SCALE=small in the environment gives a quick look."""

import os

from tests.benchmarks import closing, matching, replays, schedules, simulation
from tests.benchmarks.measuring import show


def main() -> None:
    """Measure and print."""
    is_small = os.environ.get("SCALE") == "small"
    show(
        [
            line
            for one in (schedules, replays, closing, matching, simulation)
            for line in one.lines(is_small=is_small)
        ]
    )
    print(schedules.NOTE)


if __name__ == "__main__":
    main()
