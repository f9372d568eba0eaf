"""The torch program on a device that holds at most ROWS rows of a batch: python oomProgram.py PROGRAM_FOLDER ROWS DEVICE

It fails as DEVICE does: cuda in the words of its allocator, cpu by asking for more memory than there is.
"""

import sys

folder, rows, device = sys.argv[1], int(sys.argv[2]), sys.argv[3]
sys.argv = sys.argv[:1]
sys.path.insert(0, folder)

import torch  # noqa: E402

from peft_lab_torch import graphs, program, training  # noqa: E402

pieces = graphs.pieces


def limited(batch, names, wanted, device_of_parts):
    parts = pieces(batch, names, wanted, device_of_parts)
    if any(part["input_ids"].shape[0] > rows for part in parts):
        if device == "cpu":
            torch.empty(1 << 50)
        raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.\nA second line.")
    return parts


graphs.pieces = training.pieces = limited
program.main()
