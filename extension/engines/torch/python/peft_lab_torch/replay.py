"""Recorded requests, answered without a trainer: for reports of bugs, and on machines without Node."""

from __future__ import annotations

import json
import os
import stat
import time
from typing import Iterator, Optional

from .frames import Frame, read_frame, readable
from .program import PROTOCOL, Session

SHOWN_NUMBERS = 6


class RecordingError(Exception):
    """A file that cannot be replayed; the message says why and what to do."""


def replay(file: str, random_weights: bool) -> None:
    """Prints a line of JSON for each request: what was asked, what came of it, and how long it took."""
    session: Optional[Session] = None
    for frame in recorded_requests(file):
        if session is None:  # Torch is imported for a file that is a recording.
            from .group import Group

            session = Session(Group(), random_weights)
        started = time.perf_counter()
        answer, tensors = session.answer(frame)
        seconds = round(time.perf_counter() - started, 6)
        shown = {name: tensor.reshape(-1)[:SHOWN_NUMBERS].tolist() for name, tensor in tensors}
        line = {"request": frame.header["type"], "seconds": seconds, **answer, **({"tensors": shown} if shown else {})}
        print(json.dumps(readable(line)), flush=True)


def recorded_requests(file: str) -> Iterator[Frame]:
    """The requests of a recording in order. Its first frame says which version of the messages they are in."""
    count = 0
    if not stat.S_ISREG(os.stat(file).st_mode):
        raise RecordingError(f"{file}: must be a file, got something else; name the file that was recorded")
    with open(file, "rb") as recorded:
        size = os.fstat(recorded.fileno()).st_size
        try:
            first = read_frame(recorded, size)
            if first is None or first.header.get("type") != "recording":
                raise RecordingError(f"{file}: must begin as a recording does, got something else; record the run again")
            if first.header.get("protocol") != PROTOCOL:
                raise RecordingError(
                    f"{file}: must be in version {PROTOCOL} of the protocol, got {first.header.get('protocol')} "
                    f"(PEFT Lab {first.header.get('codeVersion')}); replay it with that version, or record the run again"
                )
            while (frame := read_frame(recorded, size - recorded.tell())) is not None:
                if not isinstance(frame.header.get("type"), str) or not isinstance(frame.header.get("id"), int):
                    raise ValueError("a request must have a type and an id")
                count += 1
                yield frame
        except (ValueError, RecursionError) as error:
            raise RecordingError(f"{file}: must hold frames, got something else ({error}); record the run again") from error
        except EOFError as error:
            raise RecordingError(
                f"{file}: must hold whole requests, got one that is cut short after {count} whole ones; copy the file "
                "again, or record the run again"
            ) from error
