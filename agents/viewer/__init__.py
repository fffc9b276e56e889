"""Games as pages: one self-contained HTML file per game, to be played, searched and measured in a browser."""

from agents.viewer.encoding import encode
from agents.viewer.page import page, write_page
from agents.viewer.recorder import Recorder
from agents.viewer.recording import Recording

__all__ = ["Recorder", "Recording", "encode", "page", "write_page"]
