"""The engine against the reference: recorded games, measured outcomes, and how to play them again."""
