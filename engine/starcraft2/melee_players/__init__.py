"""Scripted melee players of StarCraft II: every race, three strengths."""

from engine.starcraft2.melee_players.player import MELEE_PLAYERS

__all__ = ["MELEE_PLAYERS"]
