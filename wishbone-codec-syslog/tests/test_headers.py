"""The headers that devices and old programs send, as their manuals and public logs show them."""

# ruff: noqa: E501 - a message is a line

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wishbone import clock
from wishbone_codec_syslog import SyslogDecoder, SyslogEncoder
from wishbone_testing.stream import decode

NOW = datetime(2026, 11, 23, tzinfo=UTC).timestamp()


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(clock, "time", lambda: NOW)


def read(text, timezone="UTC"):
    (value,) = decode(SyslogDecoder("none", timezone), text.encode())
    return value


def moment(text):
    return None if text is None else datetime.fromisoformat(text).timestamp()


OF_DEVICES = [
    # Cisco IOS
    ("<189>82: 00:20:10: %SYS-5-A: x", None, None, "%SYS-5-A", "x"),
    ("<189>82: 2y10w: %SYS-5-A: x", None, None, "%SYS-5-A", "x"),
    ("<189>82: rtr1: 1d20h: %SYS-5-A: x", None, "rtr1", "%SYS-5-A", "x"),
    ("<189>00082: 000081: *Feb 28 00:20:10: %SYS-5-A: x", "2026-02-28T00:20:10Z", None, "%SYS-5-A", "x"),
    ("<189>82: .Feb 28 2010 00:20:10.663 CEST: %SYS-5-A: x", "2010-02-27T22:20:10.663Z", None, "%SYS-5-A", "x"),
    ("<189>82: Feb 28 2010 00:20:10.663 +0530: %SYS-5-A: x", "2010-02-27T18:50:10.663Z", None, "%SYS-5-A", "x"),
    ("<189>82: Feb 28 2010 00:20:10.663 XXX: %SYS-5-A: x", None, None, "%SYS-5-A", "x"),
    ("<189>82: sw-1.example.com: Jan  6 2022 22:11:43 UTC: %A-6-B: x", "2022-01-06T22:11:43Z", "sw-1.example.com", "%A-6-B", "x"),
    ("<189>82: 2001:db8::1: Jan  6 2022 22:11:43: %A-6-B: x", "2022-01-06T22:11:43Z", "2001:db8::1", "%A-6-B", "x"),
    ("<189>sw1: Jan  6 2022 22:11:43: %A-6-B: x", "2022-01-06T22:11:43Z", "sw1", "%A-6-B", "x"),
    ("<189>82: %SYS-5-A: x", None, None, "%SYS-5-A", "x"),
    ("<189>93: SSH2 0: x", None, None, None, "93: SSH2 0: x"),
    ("<134>25: host-w3k: Feb 13 2007 18:23:21.408 +0000: %ICM_R-6-10: x", "2007-02-13T18:23:21.408Z", "host-w3k", "%ICM_R-6-10", "x"),
    # through a relay
    ("<189>Sep  6 09:13:00 rtr 82: Sep  6 14:12:56.872: %SYS-5-A: x", "2026-09-06T14:12:56.872Z", "rtr", "%SYS-5-A", "x"),
    ("<189>Sep  6 09:13:00 rtr 82: .Sep  6 14:12:56 EDT: %SYS-5-A: x", "2026-09-06T18:12:56Z", "rtr", "%SYS-5-A", "x"),
    ("<189>Sep  6 09:13:00 rtr 82: %SYS-5-A: x", "2026-09-06T09:13:00Z", "rtr", "%SYS-5-A", "x"),
    # Cisco IOS XR
    ("<187>94307: gw2 LC/0/2/CPU0:Jul  7 20:16:14.834 : ifmgr[214]: %L-3-U : x", "2026-07-07T20:16:14.834Z", "gw2", "ifmgr", "%L-3-U : x"),
    ("<187>94307: RP/0/RP0/CPU0:Jul  7 20:16:14 UTC: ifmgr[214]: %L-3-U : x", "2026-07-07T20:16:14Z", None, "ifmgr", "%L-3-U : x"),
    ("<187>94307: RP/0/RP0/CPU0:2025 Jul  7 20:16:14.834 UTC: ifmgr[214]: x", "2025-07-07T20:16:14.834Z", None, "ifmgr", "x"),
    ("<187>Apr 14 23:34:38 10.1.1.1 462388: LC/0/6/CPU0:Apr 15 09:02:48 : a[301]: x", "2026-04-15T09:02:48Z", "10.1.1.1", "a", "x"),
    # Cisco NX-OS
    ("<190>sw01.pdx: 2017 Jul 28 14:42:46 UTC: %AUTHPRIV-6-S: x", "2017-07-28T14:42:46Z", "sw01.pdx", "%AUTHPRIV-6-S", "x"),
    ("<187>: 2025 Jun 25 11:27:28.5 CET: %AUTHPRIV-3-S: x", "2025-06-25T10:27:28.5Z", None, "%AUTHPRIV-3-S", "x"),
    ("<189>2021 Jan  1 10:00:00.123 nx1 %ETHPORT-5-A: x", "2021-01-01T10:00:00.123Z", "nx1", "%ETHPORT-5-A", "x"),
    # Cisco ASA and FTD
    ("<166>Oct 10 2018 12:34:56 fw1 : %ASA-6-3: x", "2018-10-10T12:34:56Z", "fw1", "%ASA-6-3", "x"),
    ("<166>Oct 10 2018 12:34:56 fw1: %ASA-6-3: x", "2018-10-10T12:34:56Z", "fw1", "%ASA-6-3", "x"),
    ("<166>Oct 10 12:34:56 fw1: %ASA-6-3: x", "2026-10-10T12:34:56Z", "fw1", "%ASA-6-3", "x"),
    ("<166>Oct 10 2018 12:34:56: %ASA-6-3: x", "2018-10-10T12:34:56Z", None, "%ASA-6-3", "x"),
    ("<166>:Oct 10 12:34:56 CEST: %ASA-config-6-3: x", "2026-10-10T10:34:56Z", None, "%ASA-config-6-3", "x"),
    ("<166>2018-06-27T12:17:46Z fw1 : %FTD-6-1: x", "2018-06-27T12:17:46Z", "fw1", "%FTD-6-1", "x"),
    ("<166>2018-06-27T12:17:46Z: %FTD-6-1: x", "2018-06-27T12:17:46Z", None, "%FTD-6-1", "x"),
    ("<166>%ASA-6-3: x", None, None, "%ASA-6-3", "x"),
    ("<166>: %ASA-6-3: x", None, None, "%ASA-6-3", "x"),
    # Cisco WLC
    ("<134>wlc1: *spamApTask4: Jun 25 11:27:28.123: %CAPWAP-4-A: x", "2026-06-25T11:27:28.123Z", "wlc1", "%CAPWAP-4-A", "x"),
    # Arista
    ("<189>Jun 25 11:27:28 sw1 Ebra: %LINEPROTO-5-U: x", "2026-06-25T11:27:28Z", "sw1", "Ebra", "%LINEPROTO-5-U: x"),
    # Juniper
    ("<25>Jun 21 14:03:12  vmx01 eswd[2902]: ESWD_X: x", "2026-06-21T14:03:12Z", "vmx01", "eswd", "ESWD_X: x"),
    ("<25>Feb 27 02:33:04.123 2024 bm-a mgd[6520]: UI_LOGIN_EVENT: x", "2024-02-27T02:33:04.123Z", "bm-a", "mgd", "UI_LOGIN_EVENT: x"),
    ("<25>Feb 27 02:33:04.123-08:00 bm-a mgd[6520]: x", "2026-02-27T10:33:04.123Z", "bm-a", "mgd", "x"),
    ("<25>Feb 27 02:33:04 bm-a /kernel: %KERN-6: x", "2026-02-27T02:33:04Z", "bm-a", "/kernel", "%KERN-6: x"),
    # Huawei
    ("<189>Jan 8 2013 03:58:15+07:00 HUAWEI %%01HWCM/5/EXIT(l)[1]:x", "2013-01-07T20:58:15Z", "HUAWEI", "%%01HWCM/5/EXIT(l)", "x"),
    ("<188>Apr 9 17:28:50:524 2004 Quidway IFNET/5/UPDOWN:x", "2004-04-09T17:28:50.524Z", "Quidway", "IFNET/5/UPDOWN", "x"),
    ("<189>2019-1-15 10:00:00 HUAWEI %%01SHELL/5/CMD(s)[0]:x", "2019-01-15T10:00:00Z", "HUAWEI", "%%01SHELL/5/CMD(s)", "x"),
    ("<189>2019-1-15 10:00:00+08:00 HUAWEI %%01SHELL/5/CMD(s)[0]:x", "2019-01-15T02:00:00Z", "HUAWEI", "%%01SHELL/5/CMD(s)", "x"),
    # H3C and HP
    ("<187>2009-09-21T15:32:55 Sysname %%10IFNET/3/LINK(l): x", "2009-09-21T15:32:55Z", "Sysname", "%%10IFNET/3/LINK(l)", "x"),
    ("<189>Oct 9 14:59:04 2009 Sysname %%10SHELL/5/LOGIN(l): x", "2009-10-09T14:59:04Z", "Sysname", "%%10SHELL/5/LOGIN(l)", "x"),
    ("<186>Oct 13 16:48:08 2000 Sysname 10IFNET/2/210231a64jx073000020: x", "2000-10-13T16:48:08Z", "Sysname", "10IFNET/2/210231a64jx073000020", "x"),
    ("<189>%Jun 26 17:08:35:809 2008 Sysname SHELL/4/LOGIN: x", "2008-06-26T17:08:35.809Z", "Sysname", "SHELL/4/LOGIN", "x"),
    ("<14> Jun 25 11:27:28 10.0.0.1 00077 ports: port 1", "2026-06-25T11:27:28Z", "10.0.0.1", None, "00077 ports: port 1"),
    ("<14>Jun 25 11:27:28 2025 aruba1 authmgr[1234]: <522008> x", "2025-06-25T11:27:28Z", "aruba1", "authmgr", "<522008> x"),
    # Fortinet: its fields are the message
    ('<189>date=2025-06-25 time=11:27:28 devname="F" tz="-0500" x', "2025-06-25T16:27:28Z", "F", None, None),
    ("<189>date=2025-06-25 time=11:27:28 devname=F-1 x", "2025-06-25T11:27:28Z", "F-1", None, None),
    ("<189>date=2025-06-31 time=11:27:28 x", None, None, None, None),
    ("<189>Jun 25 11:27:28 _gw date=2025-06-25 time=11:27:28", "2026-06-25T11:27:28Z", "_gw", None, "date=2025-06-25 time=11:27:28"),
    # Palo Alto
    ("<14>Oct 11 22:14:15 PA-1 1,2020/01/01 00:00:00,0011,THREAT", "2026-10-11T22:14:15Z", "PA-1", None, "1,2020/01/01 00:00:00,0011,THREAT"),
    ("<14>Oct 11 22:14:15 1,2020/01/01 00:00:00,0011,THREAT", "2026-10-11T22:14:15Z", None, None, "1,2020/01/01 00:00:00,0011,THREAT"),
    # Meraki
    ("<134>1 1563249630.774247467 MX84 urls src=192.0.2.1:1", "2019-07-16T04:00:30.774247Z", "MX84", None, "urls src=192.0.2.1:1"),
    ("<134>948077334.886213117 MX60 flows src=192.0.2.1", "2000-01-17T02:48:54.886213Z", "MX60", None, "flows src=192.0.2.1"),
    # VMware
    ("<166>2025-06-25T11:27:28.123Z esx1 Hostd: info hostd[2099] x", "2025-06-25T11:27:28.123Z", "esx1", "Hostd", "info hostd[2099] x"),
    # Synology
    ("<13>Jul  8 10:00:00 nas1 Log Center: x", "2026-07-08T10:00:00Z", "nas1", "Log Center", "x"),
    ("<13>Jul  8 10:00:00 nas1 Active Backup for Business[12]: x", "2026-07-08T10:00:00Z", "nas1", "Active Backup for Business", "x"),
    # Ubiquiti
    ("<30>Jun 25 11:27:28 AP1,f492bf000000,U7PG2-4.3.28: hostapd: x", "2026-06-25T11:27:28Z", "AP1", "hostapd", "x"),
    ("<30>Jun 25 11:27:28 sw 7483c0000000,USW-1.8.6.694: syslog: x", "2026-06-25T11:27:28Z", "sw", "syslog", "x"),
    ("<14>sw 7483c0000000,USW-1.8.6.694: NETDEV: x", None, "sw", "NETDEV", "x"),
    ('<30>Jun 25 11:27:28 ("U7PG2,f492bf000000,v4.3") hostapd: x', "2026-06-25T11:27:28Z", "U7PG2,f492bf000000,v4.3", "hostapd", "x"),
    # MikroTik
    ("<30>Jun 25 11:27:28 mt1 system,info,account user a", "2026-06-25T11:27:28Z", "mt1", None, "system,info,account user a"),
    ("<30>Jun 25 11:27:28 system,info,account user a", "2026-06-25T11:27:28Z", None, None, "system,info,account user a"),
    ("<30>system,info,account user a", None, None, None, "system,info,account user a"),
    # macOS
    ("Jul  6 16:03:47 imac com.apple.launchd[1] (com.apple.x[9]): x", "2026-07-06T16:03:47Z", "imac", "com.apple.launchd", "(com.apple.x[9]): x"),
    ("Jul  6 16:03:47 imac Google Chrome Helper[99]: x", "2026-07-06T16:03:47Z", "imac", "Google Chrome Helper", "x"),
    ("Jul  6 16:03:47 --- last message repeated 1 time ---", "2026-07-06T16:03:47Z", None, None, "--- last message repeated 1 time ---"),
    ("2023-10-11 10:23:45.678901+0200  localhost kernel[0]: (A) x", "2023-10-11T08:23:45.678901Z", "localhost", "kernel", "(A) x"),
    # AIX
    ("<13>Jan  5 10:00:00 Message forwarded from aix1: sshd[7]: x", "2026-01-05T10:00:00Z", "aix1", "sshd", "x"),
    # syslogd
    ("<13>May  5 12:00:00 h1 last message repeated 3 times", "2026-05-05T12:00:00Z", "h1", None, "last message repeated 3 times"),
    ("<13>May  5 12:00:00 last message repeated 3 times", "2026-05-05T12:00:00Z", None, None, "last message repeated 3 times"),
    ("<13>last message repeated 3 times", None, None, None, "last message repeated 3 times"),
    ("<46>May  5 12:00:00 h1 Last message 'a: b' repeated 3 times", "2026-05-05T12:00:00Z", "h1", None, "Last message 'a: b' repeated 3 times"),
    ("<46>May  5 12:00:00 h1 -- MARK --", "2026-05-05T12:00:00Z", "h1", None, "-- MARK --"),
    ("<46>May  5 12:00:00 -- MARK --", "2026-05-05T12:00:00Z", None, None, "-- MARK --"),
    # years and zones after the time
    ("<13>May  5 12:00:00 2024 h1 app: x", "2024-05-05T12:00:00Z", "h1", "app", "x"),
    ("<13>May  5 12:00:00 UTC h1 app: x", "2026-05-05T12:00:00Z", "h1", "app", "x"),
    ("<13>May  5 12:00:00 EST 2024 h1 app: x", "2024-05-05T17:00:00Z", "h1", "app", "x"),
    ("<13>Sun May  5 12:00:00 2024 h1 app: x", "2024-05-05T12:00:00Z", "h1", "app", "x"),
    ("<13>May  5 12:00:00 GMT+02:00 h1 app: x", "2026-05-05T10:00:00Z", "h1", "app", "x"),
    ("<13>May  5 12:00:00 NAS app: x", "2026-05-05T12:00:00Z", "NAS", "app", "x"),
    ("<13>May  5 12:00:00 EST app: x", "2026-05-05T12:00:00Z", "EST", "app", "x"),
    ("<13>May  5 12:00:00 CRON: x", "2026-05-05T12:00:00Z", None, "CRON", "x"),
    ("<13>2024-05-05 12:00:00,123 h1 app: x", "2024-05-05T12:00:00.123Z", "h1", "app", "x"),
    ("<13>2024-05-05T12:00:00z h1 app: x", "2024-05-05T12:00:00Z", "h1", "app", "x"),
    # a date that does not exist
    ("<86>Feb 29 10:00:00 h1 sshd[99]: x", None, "h1", "sshd", "x"),
    ("<86>Oct 41 10:00:00 h1 sshd[99]: x", None, "h1", "sshd", "x"),
    ("<86>Oct 11 25:61:00 h1 sshd[99]: x", None, "h1", "sshd", "x"),
    ("Feb 30 10:00:00 h1 sshd[99]: x", None, "h1", "sshd", "x"),
    ("<86>2026-13-01T00:00:00Z h1 sshd[99]: x", None, "h1", "sshd", "x"),
    ("<86>1 2026-13-01T00:00:00Z h1 sshd 99 - - x", None, "h1", "sshd", "x"),
    ("<86>1 2026-11-23T23:59:60Z h1 sshd 99 - - x", "2026-11-24T00:00:00Z", "h1", "sshd", "x"),
    ("<86>Nov 22 23:59:60 h1 sshd[99]: x", "2026-11-23T00:00:00Z", "h1", "sshd", "x"),
    ("<34>5 2023-11-16T11:19:07Z h1 app 1 - - x", "2023-11-16T11:19:07Z", "h1", "app", "x"),
    # a priority that does not exist
    ("<999>Jan 28 06:43:28 h1 app: x", "2026-01-28T06:43:28Z", "h1", "app", "x"),
    ("<>Jan 28 06:43:28 h1 app: x", "2026-01-28T06:43:28Z", "h1", "app", "x"),
    ("<999>no header", None, None, None, "<999>no header"),
    # what only looks like a header
    ("<13>backup: Jan  6 22:11:43 started", None, None, "backup", "Jan  6 22:11:43 started"),
    ("backup: Jan  6 22:11:43 started", None, None, None, "backup: Jan  6 22:11:43 started"),
    ("12:30:00: lunch", None, None, None, "12:30:00: lunch"),
    ("<13>CEF:0|V|P|1.0|1|n|5|src=192.0.2.1", None, None, None, "CEF:0|V|P|1.0|1|n|5|src=192.0.2.1"),
    ("<13>Jun 25 11:27:28 h1 CEF:0|V|P 1: x|1.0|1", "2026-06-25T11:27:28Z", "h1", None, "CEF:0|V|P 1: x|1.0|1"),
    ('<13>Jun 25 11:27:28 {"a": 1}', "2026-06-25T11:27:28Z", None, None, '{"a": 1}'),
    ("<38>User logged into the appliance. User: admin.", None, None, None, "User logged into the appliance. User: admin."),
    ("<13>May  5 12:00:00 h1  two spaces", "2026-05-05T12:00:00Z", "h1", None, " two spaces"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "time", "hostname", "app_name", "message"), OF_DEVICES)
def test_header_is_read(text, time, hostname, app_name, message):
    value = read(text)
    assert (value["hostname"], value["app_name"]) == (hostname, app_name)
    assert value["message"] == (text[5:] if message is None else message)
    assert value["timestamp"] == pytest.approx(moment(time), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("<189>82: 1d20h: %SYS-5-A: x", {"uptime": "1d20h"}),
        ("<187>1: r RP/0/RSP0/CPU0:Jun 25 11:27:28 : a[1]: x", {"node": "RP/0/RSP0/CPU0"}),
        ("<134>w: *aTask: Jun 25 11:27:28: %C-4-A: x", {"task": "aTask"}),
        ("<14>sw 7483c0000000,USW-1: NETDEV: x", {"device": "7483c0000000,USW-1"}),
        ("<86>Feb 29 10:00:00 h1 sshd: x", {"timestamp": "Feb 29 10:00:00"}),
        ("<86>2: Feb 28 10:00:00 XYZ: %A-1-B: x", {"timestamp": "Feb 28 10:00:00 XYZ"}),
        ("<86>1 2026-13-01T00:00:00Z h1 sshd 99 - - x", {"timestamp": "2026-13-01T00:00:00Z"}),
        ("<999>Feb 29 10:00:00 h1 sshd: x", {"priority": "999", "timestamp": "Feb 29 10:00:00"}),
    ],
)
def test_what_has_no_place_of_its_own_is_kept(text, rest):
    assert read(text)["structured_data"] == {"header": rest}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<13>Feb 28 2010 00:20:10 h app: x", "2010-02-28T00:20:10-05:00"),
        ("<13>2010-02-28T00:20:10 h app: x", "2010-02-28T00:20:10-05:00"),
        ("<13>2010-02-28 00:20:10 h app: x", "2010-02-28T00:20:10-05:00"),
        ("<13>1 2010-02-28T00:20:10 h app - - - x", "2010-02-28T00:20:10-05:00"),
        ("<13>date=2010-02-28 time=00:20:10 x", "2010-02-28T00:20:10-05:00"),
        ("<13>: 2010 Jul 28 00:20:10: %A-1-B: x", "2010-07-28T00:20:10-04:00"),
        ("<13>2010-02-28T00:20:10Z h app: x", "2010-02-28T00:20:10Z"),
        ("<13>1: Feb 28 2010 00:20:10 UTC: %A-1-B: x", "2010-02-28T00:20:10Z"),
        ("<13>1: Feb 28 2010 00:20:10 EST: %A-1-B: x", "2010-02-28T00:20:10-05:00"),
        ("<13>1: Feb 28 2010 00:20:10 -03: %A-1-B: x", "2010-02-28T00:20:10-03:00"),
    ],
)
def test_time_zone_is_that_of_the_message_or_else_the_argument(text, expected):
    assert read(text, "America/New_York")["timestamp"] == moment(expected)


def test_abbreviation_first_means_what_it_means_in_the_given_zone():
    text = "<13>1: Feb 28 2010 12:00:00 CST: %A-1-B: x"
    assert read(text, "Asia/Shanghai")["timestamp"] == moment("2010-02-28T12:00:00+08:00")
    assert read(text, "UTC")["timestamp"] == moment("2010-02-28T12:00:00-06:00")


PARTS = st.sampled_from(
    [
        *(
            "Oct 11 22:14:15",
            "2024-05-05T12:00:00Z",
            "Feb 29 1:2:3",
            "00:00:01",
            " ",
            ": ",
            ":",
            "%A-1-B",
            "[1]",
        ),
        *("1w2d", "UTC", "h1", "12", "2024", "RP/0/CPU0:", "*", ".", "\ufeff", "\0", "é", "<13>", "<", ">"),
        *("1 ", "- ", "last message", "-- MARK --", "Message forwarded from ", "7483c0000000,USW-1: "),
    ]
)


@example(text="2024-05-05T12:00:00Z\0last message", priority=True)
@example(text="1 2024-05-05T12:00:00Z\0last message - - - -", priority=True)
@given(text=st.lists(PARTS | st.text(max_size=3)).map("".join), priority=st.booleans())
def test_no_words_of_a_text_are_lost(text, priority):
    """What is not in one of the parts is a time that was read, or a number of a network device."""
    text = " ".join(text.split())
    for value in decode(SyslogDecoder("none", "UTC"), f"{'<13>' * priority}{text}~end".encode()):
        data = value["structured_data"]
        kept = [value["hostname"], value["app_name"], value["proc_id"], value["msg_id"], value["message"]]
        kept += [*data, *(part for element in data.values() for item in element.items() for part in item)]
        found = " ".join(str(part) for part in kept if part)
        assert "~end" in found
        for word in ("h1", "é", "%A-1-B", "RP/0/CPU0", "1w2d", "last message"):
            assert found.count(word) == text.count(word)


@given(st.binary(), st.sampled_from(["auto", "newline", "nul", "none"]))
def test_any_bytes_are_decoded_without_an_error(data, framing):
    values = decode(SyslogDecoder(framing, "UTC"), b"<13>h1 " + data)
    assert all(isinstance(value, dict) for value in values)


WORDS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,30}", fullmatch=True).filter(
    lambda word: word not in {"UTC", "GMT"}
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])).map(
    lambda text: text.rstrip("\r\n\0").removeprefix("\ufeff")
)


@given(
    st.fixed_dictionaries(
        {
            "facility": st.sampled_from(["kern", "local7"]),
            "severity": st.sampled_from(["emergency", "debug"]),
            "timestamp": st.timedeltas(timedelta(days=-350), timedelta(days=6)).map(
                lambda ago: NOW + ago // timedelta(seconds=1)
            ),
            "hostname": WORDS,
            "app_name": WORDS,
            "proc_id": st.none() | WORDS,
            "msg_id": st.none(),
            "structured_data": st.just({}),
            "message": TEXTS,
        }
    ),
    st.sampled_from(["rfc3164", "local"]),
)
def test_what_was_encoded_as_rfc_3164_is_decoded(message, protocol):
    if protocol == "local":
        message["hostname"] = None
    assert decode(SyslogDecoder(), SyslogEncoder(protocol).encode(message)) == [message]
