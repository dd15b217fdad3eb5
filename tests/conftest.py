"""What all tests share."""

import signal

from hypothesis import settings

# A shell that starts the tests in the background has Ctrl-C ignored; runs of cityconv would take that over.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes depends on the machine; whether it holds does not.
settings.register_profile("cityconv", deadline=None)
settings.load_profile("cityconv")
