"""A game process: how it is launched and owned (`process`), what it is told (`messages`), what it does (`main`)."""
