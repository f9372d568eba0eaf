"""Signals that stop a run are answered by its supervisor, which ends this program by ending its input."""

from __future__ import annotations

import signal


def outlive_signals() -> None:
    """Ignores them here and in whatever this process starts; a system lacks some of them."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_IGN)
