"""Learning: Stable-Baselines3 adapters, policies, callbacks, and every command line."""
