import sys
from pathlib import Path

for folder in (Path(__file__).parent, Path(__file__).parents[1] / "support"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # game processes inherit the module path
