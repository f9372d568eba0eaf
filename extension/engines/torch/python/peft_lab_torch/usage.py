"""How busy a CUDA device is, how much of its memory is taken, and what power it draws, looked up beside the training."""

from __future__ import annotations

import subprocess
import threading
import time
from typing import Optional

import torch

# Often enough for a curve; nvidia-smi takes a tenth of a second.
SECONDS_BETWEEN = 5.0

QUESTION = ["--query-gpu=utilization.gpu,power.draw", "--format=csv,noheader,nounits"]

Facts = dict[str, float]


class Usage:
    """Looks in a thread of its own while the process lives; `take` gives what is new."""

    def __init__(self, device: torch.device):
        self.device = device
        self.latest: Optional[Facts] = None
        self.asks_driver = True
        if device.type == "cuda":
            threading.Thread(target=self.watch, daemon=True).start()

    def watch(self) -> None:
        while True:
            self.latest = {**self.memory(), **self.driver_facts()}
            time.sleep(SECONDS_BETWEEN)

    def take(self) -> dict[str, Facts]:
        latest, self.latest = self.latest, None
        return {"usage": latest} if latest else {}

    def memory(self) -> Facts:
        """Memory taken by everything that uses the device, as the driver counts it."""
        free, total = torch.cuda.mem_get_info(self.device)
        return {"memoryBytes": total - free}

    def name(self) -> str:
        """What nvidia-smi calls the device: its number there may be another than here."""
        properties = torch.cuda.get_device_properties(self.device)
        return f"GPU-{properties.uuid}" if hasattr(properties, "uuid") else str(self.device.index or 0)

    def driver_facts(self) -> Facts:
        """Utilisation and power from nvidia-smi. Where it is missing or fails, it is not asked again."""
        if not self.asks_driver:
            return {}
        try:
            answer = subprocess.run(
                ["nvidia-smi", f"--id={self.name()}", *QUESTION], capture_output=True, text=True, timeout=10, check=True
            )
        except (OSError, subprocess.SubprocessError):
            self.asks_driver = False
            return {}
        return parsed(answer.stdout)


def parsed(answer: str) -> Facts:
    """`87, 412.55` → a share of the time and watts; what the device does not tell (`[N/A]`) is left out."""
    facts: Facts = {}
    for (key, scale), text in zip((("utilisation", 0.01), ("powerWatts", 1.0)), answer.strip().split(",")):
        try:
            facts[key] = float(text) * scale
        except ValueError:
            continue
    return facts
