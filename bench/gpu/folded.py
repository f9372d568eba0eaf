"""K variants of one tuning, with tuned tensors and learning rates of their own, over one frozen backbone."""

import time

import torch
from measure import fresh_start, open_training, synchronize


class Folded:
    """Every step computes all variants at once: products with frozen weights see K times the rows."""

    def __init__(self, trainings, rates):
        first = trainings[0]
        self.precision = first.precision
        self.frozen = {name: value for name, value in first.parameters.items() if name not in first.trainable}
        self.values = {
            name: torch.stack([training.trainable[name].detach() for training in trainings]).requires_grad_()
            for name in first.trainable
        }
        self.moments = [{name: torch.zeros_like(value) for name, value in self.values.items()} for _ in range(2)]
        self.rates = torch.tensor(rates, device=first.device)
        function = first.compilation.plain

        def loss(values, inputs, scale):
            return function({**self.frozen, **values}, {**inputs, "loss_scale": scale})["loss"]

        self.losses = torch.vmap(loss, in_dims=(0, 0, None))
        self.done = 0

    def step(self, inputs, scale):
        """inputs: [K,B,…]; returns the loss of each variant. AdamW without decay or clipping."""
        with self.precision.autocast():
            losses = self.losses(self.values, inputs, scale)
        gradients = torch.autograd.grad(losses.sum(), list(self.values.values()))
        self.done += 1
        with torch.no_grad():
            for (name, value), gradient in zip(self.values.items(), gradients):
                first, second = (moment[name] for moment in self.moments)
                first.lerp_(gradient, 0.1)
                second.lerp_(gradient * gradient, 0.001)
                scale_by = (second / (1 - 0.999**self.done)).sqrt_().add_(1e-8)
                rate = self.rates.view(-1, *[1] * (value.dim() - 1)) / (1 - 0.9**self.done)
                value.sub_(rate * first / scale_by)
        return losses.detach()


def with_rate(program, rate):
    return {**program, "groups": [{**group, "learningRate": rate} for group in program["groups"]]}


def request(step, rows):
    return {"step": step, "lossScale": 1 / rows, "schedule": 1, "maxGradientNorm": None}


def check_folding(program, batches, device):
    """Largest difference of a loss between two folded variants and the same ones by themselves, in fp32."""
    rates = [1e-3, 5e-3]
    single = [open_training(with_rate(program, rate), device, precision="fp32", seed=i) for i, rate in enumerate(rates)]
    folded = Folded([open_training(program, device, precision="fp32", seed=i) for i in range(2)], rates)
    worst = 0.0
    for step, batch in enumerate(batches, 1):
        rows = len(batch["labels"])
        together = {name: torch.stack([tensor] * 2).to(device) for name, tensor in batch.items()}
        found = folded.step(together, torch.tensor(1 / rows, device=device))
        for training, loss in zip(single, found.tolist()):
            worst = max(worst, abs(training.step(request(step, rows), [batch])["loss"] - loss))
    if worst > 1e-4:
        raise AssertionError(f"folded variants must have the losses of single runs, got a difference of {worst}")
    return worst


def measure_folding(program, batch, count, device, steps, warm_up):
    """Seconds a step of `count` folded variants, and of as many single runs one after the other."""
    fresh_start(device)
    rows = len(batch["labels"])

    def seconds_of(step):
        for number in range(1, warm_up + steps + 1):
            if number == warm_up + 1:
                synchronize(device)
                started = time.perf_counter()
            step(number)
        synchronize(device)
        return (time.perf_counter() - started) / steps

    single = open_training(program, device)
    alone = seconds_of(lambda number: single.step(request(number, rows), [batch]))
    folded = Folded([single] * count, [1e-3] * count)
    inputs = {name: torch.stack([tensor] * count).to(device) for name, tensor in batch.items()}
    scale = torch.tensor(1 / rows, device=device)
    together = seconds_of(lambda _: folded.step(inputs, scale))
    peak = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else None
    return {
        "folded_seconds": round(together, 6),
        "single_seconds": round(count * alone, 6),
        "gain": round(count * alone / together, 3),
        "peak_bytes": peak,
    }
