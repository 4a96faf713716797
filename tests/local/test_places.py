"""Private services find a place they can reach, whatever the checkout's folders allow."""

import os
import stat

from together.local import places
from together.local.places import Account


def test_a_folder_behind_a_closed_one_is_out_of_reach_of_another_user(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    stranger = Account(os.getuid() + 4711, os.getgid() + 4711)
    assert not places.is_reachable(closed / "data", stranger)
    assert places.is_reachable(closed / "data", None)


def test_the_socket_folder_is_closed_and_its_path_is_short(tmp_path):
    deep = tmp_path / ("x" * 90)
    deep.mkdir()
    folder = places.socket_folder(deep, account=None)
    assert len(os.fsencode(folder)) <= places.LONGEST_SOCKET_FOLDER
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
