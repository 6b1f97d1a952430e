"""`python -m couponry`: the same as the command `couponry`."""

from couponry.cli import main

main()
