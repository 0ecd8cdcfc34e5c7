"""Syslog: messages of RFC 5424 and RFC 3164, in streams (RFC 6587) and in datagrams."""

from wishbone_codec_syslog.decoder import SyslogDecoder
from wishbone_codec_syslog.encoder import SyslogEncoder
from wishbone_codec_syslog.priority import facility_code, severity_code

__all__ = ["SyslogDecoder", "SyslogEncoder", "facility_code", "severity_code"]
