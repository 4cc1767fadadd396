"""The shipped derivations: one ``.proof`` file per result, and nothing else."""
