# SPDX-License-Identifier: Apache-2.0
"""Debian's Chromium, headless, for tests of pages."""
import json
import os
import shutil

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

NARROW, WIDE = 400, 1300
PATIENCE = 240  # seconds, on a machine with other things to do


def start(downloads):
    tools = [shutil.which(name) for name in ("chromium", "chromedriver")]
    assert all(tools), "chromium or chromium-driver is missing: make deps"
    options = webdriver.ChromeOptions()
    options.binary_location = tools[0]
    arguments = ["--headless=new", "--disable-gpu", "--enable-unsafe-swiftshader", "--hide-scrollbars", "--disable-dev-shm-usage", f"--window-size={WIDE},700"]
    for argument in arguments + (["--no-sandbox"] if os.geteuid() == 0 else []):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads),
                                              "profile.default_content_setting_values.automatic_downloads": 1})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service(tools[1]), options=options)
    driver.set_script_timeout(PATIENCE)
    driver.set_page_load_timeout(PATIENCE)
    return driver


class Page:
    """A page in the browser, and what tests ask of it."""

    def __init__(self, driver, file):
        self.driver = driver
        self.resize(WIDE)
        self.scheme("light")
        driver.get_log("browser")
        driver.get(f"file://{file}")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def ask(self, selector, what):
        """`what`, an expression over `e`, of the first element that the selector finds."""
        return self.run(f"const e = document.querySelector(arguments[0]); return {what};", selector)

    def all(self, selector, what="e.textContent"):
        return self.run(f"return [...document.querySelectorAll(arguments[0])].map((e) => {what});", selector)

    def wait(self, condition, seconds=PATIENCE):
        """Until the expression holds."""
        from selenium.webdriver.support.ui import WebDriverWait
        WebDriverWait(self.driver, seconds, 0.05).until(lambda _: self.run(f"return Boolean({condition});"), condition)

    def plot(self, name):
        """Brings a plot into view and waits until it is drawn; the expression of its element."""
        self.run("document.getElementById(arguments[0]).scrollIntoView();", name)
        element = f"document.querySelector('#{name} .plot')"
        self.wait(f"{element}.data && {element}._fullLayout")
        return element

    def choose(self, selector, value):
        self.run("const e = document.querySelector(arguments[0]); e.value = arguments[1];"
                 "for (const of of ['input', 'change']) e.dispatchEvent(new Event(of, {bubbles: true}));", selector, value)

    def resize(self, width, height=700):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def scheme(self, word):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": word}]})

    def errors(self):
        return [json.dumps(entry) for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
