"""One torch thread: on a busy machine two of them wait for each other longer than they compute."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
