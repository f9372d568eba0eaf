"""torchrun, which with all that it starts outlives the signals that a run's supervisor answers."""

import os
import runpy

from peft_lab_torch.outlive import outlive_signals

outlive_signals()
# torchrun would listen to them again; releases before it took these names do.
os.environ["PET_SIGNALS_TO_HANDLE"] = "SIGQUIT"
runpy.run_module("torch.distributed.run", run_name="__main__", alter_sys=True)
