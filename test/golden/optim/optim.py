"""Golden values of AdamW, gradient clipping and schedules: writes optim.json beside this file.

    python test/golden/optim/optim.py        (torch 2.13, transformers 5.23)
"""

import json
from pathlib import Path

import torch
from transformers import get_constant_schedule_with_warmup, get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup

torch.manual_seed(0)
STEPS = 8


def adamw(dtype, lr, weight_decay, max_norm, scale):
    """Two tensors, the same gradients at every precision; the clipped norm as clip_grad_norm_ returns it."""
    torch.manual_seed(1)
    start = [torch.randn(6), torch.randn(3) * 0.01 + 1]
    parameters = [torch.nn.Parameter(t.to(dtype, copy=True)) for t in start]
    optimizer = torch.optim.AdamW(parameters, lr=lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=weight_decay)
    steps = []
    for _ in range(STEPS):
        gradients = [torch.randn_like(t) * scale for t in start]
        for p, g in zip(parameters, gradients):
            p.grad = g.to(dtype, copy=True)
        norm = None if max_norm is None else torch.nn.utils.clip_grad_norm_(parameters, max_norm).item()
        optimizer.step()
        steps.append(
            {
                "gradients": [g.tolist() for g in gradients],
                "norm": norm,
                "values": [p.detach().tolist() for p in parameters],
            }
        )
    return {"lr": lr, "weightDecay": weight_decay, "maxNorm": max_norm, "start": [t.tolist() for t in start], "steps": steps}


SETTINGS = {
    "plain": dict(lr=1e-3, weight_decay=0.0, max_norm=None, scale=1.0),
    "decay": dict(lr=5e-2, weight_decay=0.1, max_norm=None, scale=0.01),
    "clipped": dict(lr=1e-2, weight_decay=0.01, max_norm=1.0, scale=3.0),
    "not clipped": dict(lr=1e-2, weight_decay=0.01, max_norm=1.0, scale=0.1),
    "tiny gradients": dict(lr=1e-3, weight_decay=0.0, max_norm=1.0, scale=1e-9),
}


def factors(make, total):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = make(optimizer)
    found = []
    for _ in range(total + 2):
        found.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return found


schedules = []
for warmup, total in [(0, 10), (3, 10), (10, 10), (1, 40)]:
    for name, make in {
        "linear": lambda o: get_linear_schedule_with_warmup(o, warmup, total),
        "cosine": lambda o: get_cosine_schedule_with_warmup(o, warmup, total),
        "constant": lambda o: get_constant_schedule_with_warmup(o, warmup),
    }.items():
        schedules.append({"name": name, "warmupSteps": warmup, "totalSteps": total, "factors": factors(make, total)})

golden = {
    "adamW": {name: adamw(torch.float32, **setting) for name, setting in SETTINGS.items()},
    "adamWDouble": {name: adamw(torch.float64, **setting) for name, setting in SETTINGS.items()},
    "schedules": schedules,
}
Path(__file__).with_name("optim.json").write_text(json.dumps(golden) + "\n")
