"""What all tests share."""

from hypothesis import settings

# How long an example takes depends on the machine; whether it holds does not.
settings.register_profile("cityconv", deadline=None)
settings.load_profile("cityconv")
