"""The rows of the oracle by topic: each plays the engine and states what has to come of it."""
