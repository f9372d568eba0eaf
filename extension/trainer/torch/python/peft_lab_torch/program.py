"""The program: answers a trainer's requests, in order, until its input ends."""

from __future__ import annotations

import argparse
import os
import queue
import signal
import sys
import threading
import traceback
from typing import Any, BinaryIO, Optional

from .frames import Frame, read_frame, tensors_of, write_frame

PROTOCOL = 1


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--replay", metavar="FILE", help="answer the requests recorded in a file, and print the answers")
    replay = options.parse_args().replay
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if replay is not None:
        raise SystemExit("not yet")
    requests, answers = private_streams()
    write_frame(answers, hello())
    serve(requests, answers)


def private_streams() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout as streams of frames that nothing else can touch: what libraries print goes to stderr, and what
    they start reads nothing."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def hello() -> dict[str, Any]:
    """Who answers: sent first, whatever is missing, so that the trainer can say what to do about it."""
    facts: dict[str, Any] = {
        "type": "hello",
        "protocol": PROTOCOL,
        "python": ".".join(map(str, sys.version_info[:3])),
        "executable": sys.executable,
        "torch": None,
        "cuda": None,
        "devices": [],
    }
    try:
        import torch
    except Exception as error:  # A broken installation fails in many ways; all of them are told.
        return {**facts, "problem": f"{type(error).__name__}: {error}"}
    facts["torch"] = torch.__version__
    facts["cuda"] = torch.version.cuda
    try:
        from . import training  # noqa: F401

        facts["devices"] = [device_facts(torch, index) for index in range(torch.cuda.device_count())]
    except Exception as error:
        return {**facts, "problem": f"{type(error).__name__}: {error}"}
    return facts


def device_facts(torch: Any, index: int) -> dict[str, Any]:
    properties = torch.cuda.get_device_properties(index)
    return {"name": properties.name, "memoryBytes": properties.total_memory}


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    waiting: queue.SimpleQueue[Frame] = queue.SimpleQueue()
    threading.Thread(target=read_requests, args=(requests, waiting), daemon=True).start()
    session = Session()
    while True:
        frame = waiting.get()
        answer, tensors = session.answer(frame)
        write_frame(answers, answer, tensors)


def read_requests(requests: BinaryIO, waiting: queue.SimpleQueue[Frame]) -> None:
    """Reads ahead, and ends the program at once, even within a step, when the trainer is gone."""
    try:
        while True:
            frame = read_frame(requests)
            if frame is None:
                break
            waiting.put(frame)
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


class Session:
    """What one trainer has opened."""

    def __init__(self) -> None:
        self.training: Optional[Any] = None

    def answer(self, frame: Frame) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
        from .training import RequestError

        request = frame.header
        answered = {"id": request["id"]}
        try:
            result, tensors = self.result(request, tensors_of(frame))
            return {**answered, "type": "result", **result}, tensors
        except RequestError as error:
            return {**answered, "type": "error", "code": error.code, "message": str(error)}, []
        except Exception as error:
            message = f"{type(error).__name__}: {error}"
            trace = traceback.format_exc().splitlines()
            return {**answered, "type": "error", "code": "internal", "message": message, "trace": trace}, []

    def result(self, request: dict[str, Any], tensors: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
        import torch

        from .training import Training

        kind = request["type"]
        if kind == "open":
            if request.get("threads") is not None:
                torch.set_num_threads(request["threads"])
            self.training = Training(request, tensors, torch.device(request["device"]))
            return {}, []
        if self.training is None:
            raise ValueError(f"the first request must be open, got {kind}")
        if kind == "step":
            return self.training.step(request, batches_of(request, tensors)), []
        if kind == "evaluate":
            return {}, self.training.evaluate(tensors)
        if kind == "read":
            return {}, self.training.read(request["part"], request["names"])
        if kind == "write":
            self.training.write(request["part"], tensors)
            return {}, []
        raise ValueError(f"there is no request {kind}")


def batches_of(request: dict[str, Any], tensors: dict[str, Any]) -> list[dict[str, Any]]:
    """Micro-batches: tensor `i/name` is the input `name` of batch i."""
    batches: list[dict[str, Any]] = [{} for _ in range(request["batches"])]
    for name, tensor in tensors.items():
        index, _, input_name = name.partition("/")
        batches[int(index)][input_name] = tensor
    return batches
