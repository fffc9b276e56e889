"""What both games share: the frame view, commands, scenarios as values, maps as arrays, the kernel compiler."""
