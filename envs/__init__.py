"""Gymnasium environments for StarCraft."""
