from __future__ import annotations

from hypothesis import HealthCheck, settings

# Properties are not about how long they take on a busy machine.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
