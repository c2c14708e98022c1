"""What the commands ``solvers.preference`` and ``solvers.matrix`` share: options, running, tables, pictures, files."""
