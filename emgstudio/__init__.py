"""EMG Studio: acquire, see, record and learn from electromyography."""

__version__ = "0.1.0"
