"""StarCraft II's own API: a server for unmodified python-sc2, PySC2 and SMAC, and a driver that plays through it.

Nothing here is imported by `import envs`; what needs the extra `sc2` says so in one line (`bridge.sc2.extra`).
"""
