"""StarCraft II: its rules as tables and as kernels over a batch of games."""
