"""The torch program, with the CPU watched as a CUDA device is: python usageProgram.py PROGRAM_FOLDER"""

import sys
import threading

folder = sys.argv[1]
sys.argv = sys.argv[:1]
sys.path.insert(0, folder)

from peft_lab_torch import program, usage  # noqa: E402

of_cuda = usage.Usage.__init__


def watched(self, device):
    of_cuda(self, device)
    threading.Thread(target=self.watch, daemon=True).start()


usage.SECONDS_BETWEEN = 0.05
usage.Usage.__init__ = watched
usage.Usage.memory = lambda self: {"memoryBytes": 3_000_000_000}
usage.Usage.name = lambda self: "GPU-1234"
program.main()
