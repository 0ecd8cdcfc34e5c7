"""A process that posts numbers over many connections until each is answered with 200.

It prints, as JSON, the number of responses by status, and the numbers that were answered with 200. It gives
up on a number after `GIVE_UP_SECONDS`.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from collections import Counter

GIVE_UP_SECONDS = 20


def main() -> None:
    port, count, connections = map(int, sys.argv[1:])
    answered: Counter[str] = Counter()
    taken: list[int] = []
    threads = [
        threading.Thread(target=post_all, args=(port, range(first, count, connections), answered, taken))
        for first in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"answered": answered, "taken": taken}))


def post_all(port, numbers, answered, taken):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=GIVE_UP_SECONDS)
    for number in numbers:
        deadline = time.monotonic() + GIVE_UP_SECONDS
        status = 0
        while status != 200 and time.monotonic() < deadline:
            status = post(connection, number)
            answered[str(status)] += 1
            if status != 200:
                time.sleep(0.02)
        if status == 200:
            taken.append(number)


def post(connection, number):
    """Return the status, or 0 after a lost connection, which `connection` then opens again."""
    try:
        connection.request("POST", "/", body=str(number))
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0
    return response.status


if __name__ == "__main__":
    main()
