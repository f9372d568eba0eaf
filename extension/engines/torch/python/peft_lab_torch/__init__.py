"""The parts of the torch executor. They need Python 3.9 or newer and torch, and nothing else."""
