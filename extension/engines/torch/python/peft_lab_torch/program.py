"""The program: answers a trainer's requests, in order, until its input ends."""

from __future__ import annotations

import argparse
import os
import queue
import sys
import threading
import time
import traceback
from typing import Any, BinaryIO, NoReturn, Optional, Union

from .frames import Frame, read_frame, tensors_of, write_frame
from .outlive import outlive_signals

PROTOCOL = 3

# Requests that the first process of a group answers alone.
FOR_THE_FIRST = ("run", "put", "clone", "fetch", "release", "read")

# Requests in order; after the last one, the status to exit with.
Waiting = queue.SimpleQueue[Union[Frame, int]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--replay", metavar="FILE", help="answer the requests recorded in a file, and print the answers")
    options.add_argument("--random-weights", action="store_true", help="replay with made-up values for missing weights")
    given = options.parse_args()
    if given.replay is not None:
        from .replay import RecordingError, replay

        try:
            replay(given.replay, given.random_weights)
        except (OSError, RecordingError) as error:
            sys.exit(f"--replay: {error}")
        return
    outlive_signals()
    requests, answers = private_streams()
    facts = hello()
    if "problem" in facts:
        write_frame(answers, facts)
        requests.read()
        return
    from .group import Group

    group = Group()
    group.join()
    if group.rank > 0:
        answers.close()
        requests.close()
        follow(group)
        end(group, 0)
    write_frame(answers, {**facts, "processes": group.size})
    end(group, serve(requests, answers, group))


def end(group: Any, code: int) -> NoReturn:
    """Ends this process at once. Threads that watch the input and the other processes still run, and abort a process whose
    interpreter is taken down around them."""
    group.leave()
    sys.stderr.flush()
    os._exit(code)


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


def serve(requests: BinaryIO, answers: BinaryIO, group: Any) -> int:
    """Answers until the input ends, and has the other processes of the group do the same. Returns the exit status: 1 where
    the input ended within a frame or was none."""
    waiting: Waiting = queue.SimpleQueue()
    grace = 0.0 if group.size == 1 else 3.0
    threading.Thread(target=read_requests, args=(requests, waiting, grace), daemon=True).start()
    session = Session(group)
    while True:
        frame = waiting.get()
        if isinstance(frame, int):
            group.send(None)
            return frame
        group.send(frame)
        answer, tensors = session.answer(frame)
        write_frame(answers, answer, tensors)


def follow(group: Any) -> None:
    """What the other processes of a group do: compute as the first one does, and answer nobody."""
    session = Session(group)
    while True:
        frame = group.receive()
        if frame is None:
            return
        if frame.header["type"] in FOR_THE_FIRST:
            continue
        answer, _ = session.answer(frame)
        if answer.get("code") in ("internal", "compile") or (frame.header["type"], answer["type"]) == ("open", "error"):
            # The others wait for this process: its end ends them. Within a step they run out of memory all together.
            print("\n".join(answer.get("trace", [answer["message"]])), file=sys.stderr, flush=True)
            os._exit(1)


def read_requests(requests: BinaryIO, waiting: Waiting, grace: float) -> None:
    """Reads ahead, and ends the program, even within a step, when the trainer is gone."""
    code = 0
    try:
        while True:
            frame = read_frame(requests)
            if frame is None:
                break
            waiting.put(frame)
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        code = 1
    if grace > 0:
        waiting.put(code)
        time.sleep(grace)
    os._exit(code)


class Session:
    """What one trainer has opened."""

    def __init__(self, group: Any, random_weights: bool = False) -> None:
        self.group = group
        self.random_weights = random_weights
        # Open programs and graphs, and batches that came ahead of a step, by the session's number.
        self.sessions: dict[int, Any] = {}
        self.staged: dict[int, list[dict[str, Any]]] = {}
        # Tensors that stay on the device, by number.
        self.kept: dict[int, Any] = {}

    def answer(self, frame: Frame) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
        from .group import GroupError
        from .memory import is_out_of_memory, reason, too_large
        from .request_error import RequestError

        request = frame.header
        answered = {"id": request["id"]}
        try:
            result, tensors = self.result(request, tensors_of(frame))
            return {**answered, "type": "result", **result}, tensors
        except RequestError as error:
            return {**answered, "type": "error", "code": error.code, "message": str(error)}, []
        except GroupError as error:
            return {**answered, "type": "error", "code": "internal", "message": str(error)}, []
        except Exception as error:
            if is_out_of_memory(error):
                what = "the model" if request["type"] == "open" else f"what it takes to {request['type']}"
                message = str(too_large(what, request.get("device", "the device"), reason(error)))
                return {**answered, "type": "error", "code": "memory", "message": message}, []
            message = f"{type(error).__name__}: {error}"
            trace = traceback.format_exc().splitlines()
            return {**answered, "type": "error", "code": "internal", "message": message, "trace": trace}, []

    def result(self, request: dict[str, Any], tensors: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
        kind = request["type"]
        if kind in ("put", "clone", "fetch", "release"):
            return self.keep(kind, request["tensor"], request, tensors)
        session: int = request["session"]
        if kind == "open":
            self.sessions[session] = self.open(request, tensors)
            return {}, []
        if kind == "close":
            self.sessions.pop(session, None)
            self.staged.pop(session, None)
            return {}, []
        opened = self.sessions.get(session)
        if opened is None:
            raise ValueError(f"a session must be opened first, got {kind} for session {session}")
        if kind == "run":
            return opened.graphs.run(request, tensors, self.kept)
        if kind == "stage":
            self.staged[session] = batches_of(request, tensors)
            return {}, []
        if kind == "step":
            staged = self.staged.pop(session, None)
            batches = staged if request.get("staged") else batches_of(request, tensors)
            if batches is None:
                raise ValueError("the step takes batches that came ahead of it, got none")
            return opened.step(request, batches), []
        if kind == "gradients":
            return opened.gradients(request, batches_of(request, tensors))
        if kind == "read":
            return opened.settled(), opened.read(request["part"], request["names"])
        if kind == "write":
            opened.write(request["part"], tensors, request.get("settled"))
            return {}, []
        raise ValueError(f"there is no request {kind}")

    def open(self, request: dict[str, Any], tensors: dict[str, Any]) -> Any:
        import torch

        from .training import OpenGraphs, Training

        if request.get("threads") is not None:
            torch.set_num_threads(request["threads"])
        device = self.group.device(torch.device(request["device"]))
        if "training" in request:
            return Training(request, tensors, device, self.group, self.random_weights)
        return OpenGraphs(request, tensors, device, self.random_weights)

    def keep(
        self, kind: str, number: int, request: dict[str, Any], tensors: dict[str, Any]
    ) -> tuple[dict[str, Any], list[tuple[str, Any]]]:
        from .graphs import on_host

        if kind == "put":
            self.kept[number] = tensors["tensor"].to(request["device"], copy=True)
        elif kind == "clone":
            self.kept[number] = self.kept[request["from"]].clone()
        elif kind == "fetch":
            return {}, [("tensor", on_host(self.kept[number]))]
        else:
            self.kept.pop(number, None)
        return {}, []


def batches_of(request: dict[str, Any], tensors: dict[str, Any]) -> list[dict[str, Any]]:
    """Micro-batches: tensor `i/name` is the input `name` of batch i."""
    batches: list[dict[str, Any]] = [{} for _ in range(request["batches"])]
    for name, tensor in tensors.items():
        index, _, input_name = name.partition("/")
        batches[int(index)][input_name] = tensor
    return batches
