"""What all tests share."""

import os
import signal
from functools import cache

import typer.main
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

# Typer builds all commands again for each run, which takes longer than most runs in this process. Set here, before
# `typer.testing` imports it.
typer.main.get_command = cache(typer.main.get_command)
