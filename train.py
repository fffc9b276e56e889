"""Train a policy: `python train.py --config configs/m5v5_c_far.yaml [key=value ...]`."""

from agents.train import main

if __name__ == "__main__":
    raise SystemExit(main())
