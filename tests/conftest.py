"""What all tests share."""

import os
import signal

import pytest
from hypothesis import Phase, settings

# A shell that starts the tests in the background has Ctrl-C ignored, nohup the loss of the terminal; runs of cityconv
# would take that over.
for number in signal.Signals:
    if number.name in ("SIGINT", "SIGHUP") and signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.default_int_handler if number.name == "SIGINT" else signal.SIG_DFL)

# How long an example takes depends on the machine; whether it holds does not.
settings.register_profile("default", deadline=None, max_examples=50)
settings.register_profile("campaign", deadline=None, max_examples=500)
settings.register_profile("mutants", deadline=None, max_examples=20, phases=[Phase.explicit, Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True)
def no_store_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test fork though an earlier one in its process has opened a store, which its own workers do not use."""
    monkeypatch.setattr("cityconv.storage.stores._opened", set())
