"""The torch program, coming to grief as it is told: python faultyProgram.py FAULT STEP RUN_PY"""

import os
import signal
import sys

fault, at_step, run = sys.argv[1], int(sys.argv[2]), sys.argv[3]
sys.argv = [run]
sys.path.insert(0, os.path.dirname(run))

from peft_lab_torch import program, training  # noqa: E402

streams = []
private_streams = program.private_streams
update = training.Training.update


def known_streams():
    streams[:] = private_streams()
    return streams


def killed():
    print("about to be killed", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def garbage():
    streams[1].write(b"Downloading 100%\n")
    streams[1].flush()


def closed_input():
    os.dup2(os.open(os.devnull, os.O_RDONLY), streams[0].fileno())


def error():
    raise RuntimeError("shapes differ")


faults = {"killed": killed, "garbage": garbage, "closed input": closed_input, "error": error}


def faulty_update(self, request, norm):
    """Within a step: gradients are there, and nothing is updated yet."""
    if request["step"] == at_step:
        faults[fault]()
    return update(self, request, norm)


program.private_streams = known_streams
training.Training.update = faulty_update
if fault == "other protocol":
    program.PROTOCOL = 99
program.main()
