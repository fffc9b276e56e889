"""The three ways to a batch of games: in this process, behind queues, behind shared memory."""
