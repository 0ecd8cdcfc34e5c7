"""The modules and codecs of this repository, and what `pip install` needs for each."""

PUBLISHED = {
    "wishbone.decode.csv": "wishbone-codec-csv",
    "wishbone.decode.gzip": "wishbone-codec-compression",
    "wishbone.decode.json": "wishbone-core",
    "wishbone.decode.msgpack": "wishbone-codec-msgpack",
    "wishbone.decode.plain": "wishbone-core",
    "wishbone.decode.syslog": "wishbone-codec-syslog",
    "wishbone.decode.zstd": "wishbone-codec-compression",
    "wishbone.encode.csv": "wishbone-codec-csv",
    "wishbone.encode.gzip": "wishbone-codec-compression",
    "wishbone.encode.json": "wishbone-core",
    "wishbone.encode.msgpack": "wishbone-codec-msgpack",
    "wishbone.encode.plain": "wishbone-core",
    "wishbone.encode.syslog": "wishbone-codec-syslog",
    "wishbone.encode.zstd": "wishbone-codec-compression",
    "wishbone.flow.acknowledge": "wishbone-flow-acknowledge",
    "wishbone.flow.batch": "wishbone-flow-batch",
    "wishbone.flow.count": "wishbone-flow-count",
    "wishbone.flow.deduplicate": "wishbone-flow-deduplicate",
    "wishbone.flow.delay": "wishbone-flow-delay",
    "wishbone.flow.fanout": "wishbone-flow-fanout",
    "wishbone.flow.fresh": "wishbone-flow-fresh",
    "wishbone.flow.funnel": "wishbone-flow-funnel",
    "wishbone.flow.roundrobin": "wishbone-flow-roundrobin",
    "wishbone.flow.switch": "wishbone-flow-switch",
    "wishbone.flow.throttle": "wishbone-flow-throttle",
    "wishbone.flow.unbatch": "wishbone-flow-batch",
    "wishbone.function.filter": "wishbone-function-filter",
    "wishbone.function.json": "wishbone-function-json",
    "wishbone.function.modify": "wishbone-function-modify",
    "wishbone.function.python": "wishbone-function-python",
    "wishbone.function.template": "wishbone-function-template",
    "wishbone.input.cron": "wishbone-input-cron",
    "wishbone.input.file": "wishbone-input-file",
    "wishbone.input.generator": "wishbone-input-generator",
    "wishbone.input.http": "wishbone-input-http",
    "wishbone.input.process": "wishbone-input-process",
    "wishbone.input.tcp": "wishbone-input-socket",
    "wishbone.input.udp": "wishbone-input-socket",
    "wishbone.input.unix": "wishbone-input-socket",
    "wishbone.output.file": "wishbone-output-file",
    "wishbone.output.http": "wishbone-output-http",
    "wishbone.output.null": "wishbone-output-null",
    "wishbone.output.stdout": "wishbone-output-stdout",
    "wishbone.output.syslog": "wishbone-output-syslog",
    "wishbone.output.tcp": "wishbone-output-socket",
    "wishbone.output.throughput": "wishbone-output-throughput",
    "wishbone.output.udp": "wishbone-output-socket",
    "wishbone.output.unix": "wishbone-output-socket",
}
"""The distribution of each module and codec, by its full name."""

TAKEN = {
    "wishbone-function-template",
    "wishbone-input-amqp",
    "wishbone-output-elasticsearch",
    "wishbone-output-email",
    "wishbone-output-file",
    "wishbone-output-http",
}
"""Distributions whose versions before 4 on the public index belong to the Wishbone project of 2018."""


def requirement(distribution: str) -> str:
    """Return what to write after `pip install`, quoted for a shell where it has to be."""
    return f'"{distribution}>=4"' if distribution in TAKEN else distribution


REQUIREMENTS = {name: requirement(distribution) for name, distribution in PUBLISHED.items()}
"""What `pip install` needs for each module and codec. The core reads this through an entry point."""
