"""The command line: arguments, printing, exit codes."""

import os

# Our matrices are small: BLAS threads only get into the way of the threads that stream
# (training under load took 1.7 s with the default and 0.5 s with one). Read once, by numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
