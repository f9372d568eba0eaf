"""AdamW over the tensors that train."""

from __future__ import annotations

from typing import Any

import torch
from torch.optim.adamw import adamw

Tensors = dict[str, torch.Tensor]


class AdamW:
    """torch's own AdamW in its fused form, whose update is the trainer's: decoupled decay, bias correction by the step's
    number. The class `torch.optim.AdamW` around it would import torch.compile, a second of every start."""

    def __init__(self, trainable: Tensors, only: Tensors, program: dict[str, Any]):
        settings = program["optimizer"]
        self.beta1, self.beta2 = float(settings["beta1"]), float(settings["beta2"])
        self.epsilon = float(settings["epsilon"])
        self.trainable = trainable
        # Places of the numbers that are tuned, where these are not all: only they have moments.
        self.only = only
        self.moment1 = {name: self.moment(name) for name in trainable}
        self.moment2 = {name: self.moment(name) for name in trainable}
        # Steps done, as the fused form wants them: on the device, one for each tensor.
        self.steps = {name: torch.zeros((), device=tensor.device) for name, tensor in trainable.items()}
        self.groups = program["groups"]
        members: list[list[str]] = [[] for _ in self.groups]
        for entry in program["trainable"]:
            members[entry["group"]].append(entry["name"])
        self.members = members

    def moment(self, name: str) -> torch.Tensor:
        return torch.zeros_like(self.tuned(name, self.trainable[name]), requires_grad=False)

    def tuned(self, name: str, tensor: torch.Tensor) -> torch.Tensor:
        """The numbers of a tensor, or of its gradient, that are tuned: the tensor itself where these are all."""
        places = self.only.get(name)
        return tensor if places is None else tensor.detach().flatten()[places]

    def count_from(self, steps: int) -> None:
        for done in self.steps.values():
            done.fill_(steps)

    @torch.no_grad()
    def step(self, schedule: float) -> None:
        """One update from the tensors' gradients, at `schedule` times each group's rate."""
        for group, names in zip(self.groups, self.members):
            if not names:
                continue
            tensors = [self.tuned(name, self.trainable[name]) for name in names]
            adamw(
                tensors,
                [self.tuned(name, self.trainable[name].grad) for name in names],
                [self.moment1[name] for name in names],
                [self.moment2[name] for name in names],
                [],
                [self.steps[name] for name in names],
                fused=True,
                amsgrad=False,
                beta1=self.beta1,
                beta2=self.beta2,
                lr=float(group["learningRate"] * schedule),
                weight_decay=float(group["weightDecay"]),
                eps=self.epsilon,
                maximize=False,
            )
            for name, tensor in zip(names, tensors):
                if name in self.only:
                    self.trainable[name].view(-1)[self.only[name]] = tensor
