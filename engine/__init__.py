"""The games themselves: rules as tables, state as arrays, numba kernels. No process, socket, clock or log."""
