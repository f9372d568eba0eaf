"""PEFT Lab's torch executor: runs tensor graphs for a trainer that talks to it over stdin and stdout."""

from peft_lab_torch.program import main

main()
