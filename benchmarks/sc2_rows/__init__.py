"""The rows of docs/sc2-fidelity.md by topic: each plays the engine and states what has to come of it."""
