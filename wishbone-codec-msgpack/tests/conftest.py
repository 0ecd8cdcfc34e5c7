from __future__ import annotations

from hypothesis import HealthCheck, settings

# What a property costs on a busy machine is no truth about it, nor is how long hypothesis itself warms up.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
