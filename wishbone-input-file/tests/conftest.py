from __future__ import annotations

import errno
import os
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

# Tests are not a package; shared code is in modules in this folder.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def unprivileged():
    """A folder, and a user whom permissions stop."""
    with TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o777)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        yield folder
        os.seteuid(user)


@pytest.fixture(params=["pread", "pread fstat"])
def unreadable(request, monkeypatch):
    """The inodes of files that are open and cannot be read, as where a file server has forgotten them."""
    inodes = set()
    status = os.fstat

    def refuse(call, descriptor, *args):
        if status(descriptor).st_ino in inodes:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return call(descriptor, *args)

    for name in request.param.split():
        monkeypatch.setattr(os, name, partial(refuse, getattr(os, name)))
    return inodes
