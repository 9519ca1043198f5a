"""Owns `python -m avma_sim`.

Must not do anything but call the command line.
"""

from avma_sim.cli.entry import main

if __name__ == "__main__":
    main()
