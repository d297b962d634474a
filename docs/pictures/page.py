"""The picture of the overview page, by Chromium, from a project that is served."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
AS_OF = "2017-08-15"  # a day with something due
VIEW = {"width": 1200, "height": 1560}


def page_picture(home: Path, target: Path) -> None:
    """Signs in and takes what a project manager sees first."""
    environment = {**os.environ, "GRANTLEDGER_HOME": str(home)}
    token = ["token", "create", "--name", "pictures"]
    made = subprocess.run(
        [sys.executable, "-m", "service", *token],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    with _served(environment) as url, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(locale="en-GB", viewport=VIEW, color_scheme="light")
        page.goto(url)
        page.get_by_label("Access token").fill(made)
        page.get_by_role("button", name="Sign in with the token").click()
        page.goto(f"{page.url}?as_of={AS_OF}")
        page.screenshot(path=target)
        browser.close()


@contextmanager
def _served(environment: dict[str, str]) -> Iterator[str]:
    command = [sys.executable, "-m", "service", "serve", "--port", "8650"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip().removesuffix("/docs") + "/"
        finally:
            process.terminate()
