"""`dead-mans-switch.yaml`, with heartbeats that stop and come again."""

from __future__ import annotations

from time import monotonic, sleep

from peers import Service, curl, free_port, needs, run_example, wait_for_port

pytestmark = needs("curl", "curl")


def test_tells_the_webhook_when_heartbeats_stop_and_again_until_they_come(tmp_path):
    port = free_port()
    alive = f"http://127.0.0.1:{port}/alive"
    webhook = Service()
    settings = {"PORT": port, "TIMEOUT": 1, "REPEAT": 0.5, "WEBHOOK": webhook.url}
    with webhook, run_example("dead-mans-switch.yaml", tmp_path, **settings) as server:
        wait_for_port(port, server)
        for _ in range(6):
            beaten = monotonic()
            assert curl(alive) == 200
            webhook.requests.clear()
            sleep(0.25)  # the heart's rhythm
        first, second, *_ = webhook.wait(2)
        assert first.json == {"text": "The backup has not finished in time."}
        assert first.time - beaten >= 1
        assert second.time - first.time > 0.4


def test_alarms_that_the_webhook_missed_while_it_was_down_come_when_it_is_back(tmp_path):
    port = free_port()
    webhook = Service(down=True)
    settings = {"PORT": port, "TIMEOUT": 0.1, "REPEAT": 3600, "WEBHOOK": webhook.url}
    with webhook, run_example("dead-mans-switch.yaml", tmp_path, **settings) as server:
        server.wait_for("webhook.*again|refused")
        webhook.start()
        webhook.wait(1)
        assert curl(f"http://127.0.0.1:{port}/dead") == 404
        assert server.stop() == 0
