from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import importlib_metadata
import pytest

from wishbone.discovery.registry import Registry

sys.path.insert(0, str(Path(__file__).parent))

from running_server import SERVER_MODULES, Server

WISHBONE = [sys.executable, "-m", "wishbone_cli"]
TIMEOUT = 60


class Installation:
    """A folder with installed test distributions, and the command that runs beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "site"
        self.work = folder / "work"
        self.folder.mkdir()
        self.work.mkdir()
        self.processes: list[subprocess.Popen[str]] = []

    def install(self, name, entry_points, version="1.0", requires=(), **sources) -> None:
        information = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        information.mkdir()
        metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
        (information / "METADATA").write_text("\n".join(metadata) + "\n")
        (information / "entry_points.txt").write_text(dedent(entry_points))
        for module, source in sources.items():
            (self.folder / f"{module}.py").write_text(dedent(source))

    def write(self, name: str, text: str) -> Path:
        path = self.work / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(dedent(text))
        return path

    def environment(self, **variables: str) -> dict[str, str]:
        # An empty variable: output is buffered, as for a user.
        fixed = {"PYTHONPATH": str(self.folder), "PYTHONUNBUFFERED": "", "COLUMNS": "80"}
        return {**os.environ, **fixed, **variables}

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*WISHBONE, *arguments],
            capture_output=True,
            text=True,
            cwd=self.work,
            env=self.environment(**variables),
            timeout=TIMEOUT,
            check=False,
        )

    def start(self, *arguments: str, **options: object) -> subprocess.Popen[str]:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
        process = subprocess.Popen([*WISHBONE, *arguments], cwd=self.work, env=self.environment(), **options)
        self.processes.append(process)
        return process

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
            process.wait(TIMEOUT)


@pytest.fixture
def installation(tmp_path):
    installation = Installation(tmp_path)
    yield installation
    installation.end()


@pytest.fixture
def modules(installation):
    """An installation with a few modules that print what they do."""
    installation.install(
        "test-modules",
        """
        [wishbone.output]
        printer = test_modules:Printer
        [wishbone.input]
        talker = test_modules:Talker
        [wishbone.function]
        failing = test_modules:Failing
        stuck = test_modules:Stuck
        breaking = test_modules:Breaking
        choosing = test_modules:Choosing
        """,
        test_modules=MODULES,
    )
    return installation


MODULES = '''
from typing import Annotated, Literal
import gevent
from msgspec import Meta
from wishbone.actor import ActorConfig
from wishbone.arguments import DecoderFactory
from wishbone.module import FunctionModule, InputModule, OutputModule


class Printer(OutputModule):
    """Prints events.

    Queues:
        inbox: What to print.
    """

    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def consume(self, event):
        print("got", event.data, flush=True)

    def postHook(self):
        print("closed", flush=True)


class Talker(InputModule):
    """Logs a message again and again."""

    def __init__(
        self,
        config,
        message: str = "hello",
        times: int | None = 1,
        pause: float = 0.01,
        decoder: DecoderFactory | None = None,
    ):
        super().__init__(config)
        self.pool.createQueue("outbox")
        self.arguments = message, times, pause

    def preHook(self):
        self.sendToBackground(self.talk)

    def talk(self):
        message, times, pause = self.arguments
        while times != 0 and self.loop():
            self.logging.warning(message)
            times = times and times - 1
            self.sleep(pause)


class _Consuming(FunctionModule):
    def __init__(self, config):
        super().__init__(config)
        self.pool.createQueue("inbox")
        self.pool.createQueue("outbox")
        self.registerConsumer(self.consume, "inbox")


class Failing(_Consuming):
    """Fails on each event, with the event's payload as the error."""

    def consume(self, event):
        raise ValueError(event.data)


class Stuck(_Consuming):
    """Never gets done with an event."""

    def consume(self, event):
        print("stuck", flush=True)
        gevent.sleep(3600)


class Breaking(_Consuming):
    """Cannot be started."""

    def __init__(self, config, secret: str = ""):
        super().__init__(config)
        self.secret = secret

    def preHook(self):
        raise OSError(f"no route to host {self.secret}")

    def consume(self, event):
        pass


class Choosing(_Consuming):
    """Takes a choice and a nested list.

    Args:
        colour: Which one.
        servers: Where to go.
    """

    def __init__(
        self,
        config: "ActorConfig",
        colour: Literal["red", "green"],
        servers: list[dict[str, Annotated[int, Meta(gt=0)]]] = [],
        password: Annotated[str, Meta(max_length=3)] = "",
    ):
        super().__init__(config)

    def consume(self, event):
        pass
'''


BROKEN = """
[wishbone.input]
wrong = wrong_module:Wrong
raising = raising_module:Raising
double = test_modules:Talker
[wishbone.function]
unbuildable = wrong_module:Unbuildable
"""
WRONG = """
from wishbone.module import FunctionModule

class Wrong: pass

class Unbuildable(FunctionModule):
    def __init__(self, config):
        raise KeyError("nothing there")
"""


@pytest.fixture
def registry(modules, monkeypatch):
    """A registry with the same modules on every machine, so that messages that list them are the same."""
    modules.install("broken", BROKEN, wrong_module=WRONG, raising_module="raise RuntimeError('not today')")
    modules.install("others", "[wishbone.input]\ndouble = test_modules:Talker\n", version="2.0")
    monkeypatch.syspath_prepend(modules.folder)
    own = [
        entry_point
        for distribution in importlib_metadata.distributions(path=[str(modules.folder)])
        for entry_point in distribution.entry_points
    ]
    shipped = [
        entry_point
        for name in (
            "wishbone-input-generator",
            "wishbone-flow-fanout",
            "wishbone-flow-funnel",
            "wishbone-cli",
        )
        for entry_point in importlib_metadata.distribution(name).entry_points
    ]
    yield Registry([*shipped, *own])
    for name in ("test_modules", "wrong_module", "raising_module"):
        sys.modules.pop(name, None)


@pytest.fixture
def server(installation):
    installation.install(
        "server-modules",
        """
        [wishbone.output]
        recorder = server_modules:Recorder
        deaf = server_modules:Deaf
        crashing = server_modules:Crashing
        refusing = server_modules:Refusing
        chatty = server_modules:Chatty
        """,
        server_modules=SERVER_MODULES.replace("\\\\n", "\\n"),
    )
    server = Server(installation)
    server.write()
    yield server
    if (server.runtime / "wishbone").exists() and server.files:
        server.run("kill")
