"""A headless Chromium, driven over its debugging pipe: no driver, no package, nothing downloaded."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
DEADLINE_S = 60.0
CHUNK_BYTES = 1 << 20
FREE_DESCRIPTOR = 64  # and up: out of the way of 3 and 4


def find_browser() -> str | None:
    """Return the path of a Chromium, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One Chromium with one page.

    Attributes:
        errors: what the page's console called errors, and exceptions that nobody caught.
        requests: addresses that the page asked for, its own included.
    """

    def __init__(self, width: int = 1440, height: int = 900) -> None:
        program = find_browser()
        assert program is not None, "ask find_browser() first"
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self._profile = tempfile.TemporaryDirectory(prefix="nydus-browser-", ignore_cleanup_errors=True)
        inner, self._to = os.pipe()
        self._from, outer = os.pipe()
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, FREE_DESCRIPTOR) for end in (inner, outer)]

        def put_in_place() -> None:
            os.dup2(theirs[0], 3)  # Chromium reads commands from 3
            os.dup2(theirs[1], 4)  # and answers on 4

        self._process = subprocess.Popen(
            [
                *(program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu"),
                *("--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking"),
                *("--no-first-run", "--mute-audio", "--hide-scrollbars", f"--user-data-dir={self._profile.name}"),
                *(f"--window-size={width},{height}", "about:blank"),
            ],
            pass_fds=(3, 4),
            preexec_fn=put_in_place,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for end in (inner, outer, *theirs):
            os.close(end)
        try:
            self._attach(width, height)
        except BaseException:
            self.__exit__()
            raise

    def _attach(self, width: int, height: int) -> None:
        target = next(one for one in self._targets() if one["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._to)
        os.close(self._from)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)  # it ends with its pipe
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # its own group: what is left of its helpers
        self._process.wait(10)
        self._profile.cleanup()

    def open(self, path: Path) -> None:
        """Load a page and wait until it says that it has."""
        self.call("Page.navigate", url=path.as_uri())

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command; return its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + DEADLINE_S
        while True:
            answer = self._next(deadline)
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])

    def evaluate(self, script: str) -> Any:
        """Return what an expression in the page (or its promise) comes to."""
        said = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def wait_for(self, script: str, timeout_s: float = DEADLINE_S) -> Any:
        """Return an expression's value as soon as it is true."""
        deadline = time.monotonic() + timeout_s
        while not (value := self.evaluate(script)):
            assert time.monotonic() < deadline, f"never true: {script}; errors: {self.errors}"
            time.sleep(0.05)
        return value

    def press(self, key: str) -> None:
        """Press and let go of a key."""
        text = {"text": key} if len(key) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **text)

    def click(self, x: float, y: float) -> None:
        """Click a place of the page, CSS pixels."""
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def set_theme(self, name: str) -> None:
        """Prefer a "dark" or "light" theme."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def screenshot(self, path: Path) -> None:
        """Write what the page shows as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def _targets(self) -> list[dict[str, Any]]:
        return list(self.call("Target.getTargets")["targetInfos"])

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, "the browser does not answer"
            data = os.read(self._from, CHUNK_BYTES)
            assert data, f"the browser ended with {self._process.poll()}"
            self._buffer += data
        text, _, self._buffer = self._buffer.partition(b"\0")
        message = dict(json.loads(text))
        self._note(message)
        return message

    def _note(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.errors.append(str(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "assert"):
                self.errors.append(str(params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.errors.append(str(params["entry"]["text"]))
            case "Network.requestWillBeSent":
                self.requests.append(str(params["request"]["url"]))
