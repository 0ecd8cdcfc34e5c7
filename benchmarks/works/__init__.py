"""The works: each is a function that takes a Bench and returns Figures."""

from works import (
    acknowledged,
    bootstrap_job,
    building,
    fan,
    help_text,
    http,
    job,
    latency,
    memory,
    modify,
    passing,
    sleeper,
    syslog,
)

WORKS = {
    "passing": passing.work,
    "acknowledged": acknowledged.work,
    "fan": fan.work,
    "job": job.work,
    "bootstrap": bootstrap_job.work,
    "syslog": syslog.work,
    "http": http.work,
    "latency": latency.work,
    "memory": memory.work,
    "building": building.work,
    "modify": modify.work,
    "sleeper": sleeper.work,
    "help": help_text.work,
}
