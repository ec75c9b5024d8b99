"""Find a Chromium for the browser tests."""

import os
import shutil
from pathlib import Path

HOW_TO_GET_ONE = "apt-get install chromium, or set FX_CHROMIUM to the program"
# Debian's own program starts faster than its wrapper in /usr/bin.
PLACES = (
    "/usr/lib/chromium/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> Path | None:
    """Return the program to drive; None where there is none."""
    chosen = os.environ.get("FX_CHROMIUM")
    candidates = [chosen] if chosen else [*PLACES, *(shutil.which(name) for name in NAMES)]
    return next((Path(found) for found in candidates if found and os.access(found, os.X_OK)), None)
