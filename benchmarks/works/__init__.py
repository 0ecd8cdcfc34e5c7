"""What is measured: each work is a function that takes a Bench and returns Figures."""

from works import acknowledged, building, fan, help_text, http, job, latency, memory, modify, passing, sleeper

WORKS = {
    "passing": passing.work,
    "acknowledged": acknowledged.work,
    "fan": fan.work,
    "job": job.work,
    "http": http.work,
    "latency": latency.work,
    "memory": memory.work,
    "building": building.work,
    "modify": modify.work,
    "sleeper": sleeper.work,
    "help": help_text.work,
}
