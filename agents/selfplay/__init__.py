"""Self-play: a learner whose opponents are itself, its own past, and scripted players.

`pool` knows who may play the other side, how often, and the score (no torch, no games); `vec_env` plays games with two
seats, of which SB3 sees the learner's; `training` is what a run does with both: snapshots, win rates, resumption;
`matches` lets a policy play checkpoints, for evaluations.
"""
