"""Everything about a game that runs elsewhere: channels, the game process, ownership, faults, launchers, protocols."""
