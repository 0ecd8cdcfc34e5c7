from __future__ import annotations

from hypothesis import HealthCheck, settings

# On a busy machine, the time that an example takes says nothing.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
