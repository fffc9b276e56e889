"""Evaluate a run, a checkpoint or a scripted player: `python evaluate.py RUN_OR_CHECKPOINT --episodes 200`."""

from agents.evaluate import main

if __name__ == "__main__":
    raise SystemExit(main())
