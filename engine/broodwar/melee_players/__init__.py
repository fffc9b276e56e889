"""Scripted melee players of every race, in several strengths, and games between two of them."""

from engine.broodwar.melee_players.match import LOOK_FRAMES, MeleeMatch
from engine.broodwar.melee_players.player import MELEE_PLAYERS

__all__ = ["LOOK_FRAMES", "MELEE_PLAYERS", "MeleeMatch"]
