"""A running server, as a user of the shell sees it, and the modules of its pipeline."""

from __future__ import annotations

import json

from wishbone_cli.server.status import read_statuses

SERVER_MODULES = '''
import os
import sys
from pathlib import Path
from wishbone.module import OutputModule


class Recorder(OutputModule):
    """Appends payloads to a file, and a last line when it is closed."""

    def __init__(self, config, path: str, pause: float = 0):
        super().__init__(config)
        self.path, self.pause = path, pause
        self.pool.createQueue("inbox")
        self.registerConsumer(self.consume, "inbox")

    def write(self, text):
        with Path(self.path).open("a") as file:
            file.write(f"{os.getpid()} {text}\\\\n")

    def preHook(self):
        self.write("opened")

    def consume(self, event):
        import gevent
        gevent.sleep(self.pause)
        self.write(event.data)

    def postHook(self):
        self.write("closed")


class Deaf(Recorder):
    """Never yields, so that only SIGKILL ends it."""

    def consume(self, event):
        self.write("hangs")
        while True:
            pass


class Crashing(Recorder):
    """Ends the process, as a fault in compiled code would."""

    def preHook(self):
        import gevent
        gevent.spawn_later(0.01, os._exit, 7)


class Chatty(Recorder):
    """Prints more than a pipe holds."""

    def preHook(self):
        super().preHook()
        print("x" * 100, file=sys.stdout)
        for _ in range(100):
            print("x" * 2000, file=sys.stderr)

    def consume(self, event):
        super().consume(event)
        print(event.data, file=sys.stdout)


class Refusing(Recorder):
    """Cannot be started."""

    def preHook(self):
        raise OSError("the port is taken")
'''

PIPELINE = """
modules:
  input:
    module: wishbone.input.generator
    arguments: {{payload: event, interval: {interval}, count: {count}}}
  output:
    module: wishbone.output.{output}
    arguments: {{path: {path}, pause: {pause}}}
routingtable:
  - input.outbox -> output.inbox
"""


class Server:
    """A server as a user of the shell sees it, and a file that its pipeline writes to."""

    def __init__(self, installation) -> None:
        self.installation = installation
        self.record = installation.work / "record"
        self.runtime = installation.work / "runtime"
        self.runtime.mkdir(mode=0o700)

    def write(self, output="recorder", interval=0.01, count="null", pause=0) -> None:
        text = PIPELINE.format(output=output, interval=interval, count=count, pause=pause, path=self.record)
        self.installation.write("pipeline.yaml", text)

    def run(self, command, *arguments):
        return self.installation.run(
            command, "--config", "pipeline.yaml", *arguments, XDG_RUNTIME_DIR=str(self.runtime)
        )

    def status(self):
        return json.loads(self.run("status", "--format", "json").stdout)

    @property
    def pid(self):
        return int(self.pid_file.read_text())

    def statuses(self):
        return read_statuses(self.pid_file)

    def pids(self):
        return [status["pid"] for status in self.statuses()]

    def recorded(self, text):
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        return [int(pid) for pid, said in map(str.split, lines) if said == text]

    @property
    def pid_file(self):
        (path,) = (self.runtime / "wishbone").glob("pipeline-*.pid")
        return path

    @property
    def files(self):
        return [path.name for path in (self.runtime / "wishbone").iterdir()]
