"""The built site in a browser: pages fit, links lead somewhere, scripts run, commands are copied as commands.

Run by `tox -e docs`, which builds the site first.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from docs_page import pages, read_blocks
from packages import ROOT
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

SITE = ROOT / "site"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
SESSIONS = [page for page in pages() if any(block.language == "console" for block in read_blocks(page))]
WIDTHS = (1280, 400)
SECONDS = 20
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)

TOO_WIDE = """
const width = document.documentElement.clientWidth;
const clipped = element => {
    for (let found = element.parentElement; !found.matches(".md-content"); found = found.parentElement) {
        if (getComputedStyle(found).overflowX !== "visible") return true;
    }
    return false;
};
return [...document.querySelectorAll(".md-content *")]
    .filter(found => found.getBoundingClientRect().right > width + 1 && !clipped(found))
    .map(found => found.outerHTML.slice(0, 120));
"""
"""Elements of the text that end beyond the right edge, unless they are in a box that scrolls."""

BROKEN_WORDS = r"""
const broken = [];
for (const code of document.querySelectorAll(".md-content :is(p, li, td, dt, dd) code")) {
    const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        for (const word of walker.currentNode.data.matchAll(/[\w.]+/g)) {
            const range = document.createRange();
            range.setStart(walker.currentNode, word.index);
            range.setEnd(walker.currentNode, word.index + word[0].length);
            const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
            if (lines.size > 1) broken.push(word[0]);
        }
    }
}
return broken;
"""
"""Identifiers that begin on one line and end on another."""

COPIED = "return [...document.querySelectorAll('.language-console')].map(session => session.dataset.copy)"


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def served(folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def site():
    assert PAGES, "The site is not built: run 'tox -e docs'."
    with served(SITE) as address:
        yield address


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if not (CHROMIUM and DRIVER):
        message = "Chromium and chromedriver are not installed: apt-get install chromium chromium-driver"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_page_load_timeout(SECONDS)
    yield driver
    driver.quit()


def show(browser, address, scheme="light"):
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(address)


def resize(browser, width):
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    assert browser.execute_script("return window.innerWidth") == width


@pytest.mark.parametrize("page", PAGES)
def test_page_fits_its_window(page, browser, site):
    """Nothing is wider than the window, no identifier is broken, and no script or file fails."""
    show(browser, site + page)
    for width in WIDTHS:
        resize(browser, width)
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        assert browser.execute_script(TOO_WIDE) == []
        assert browser.execute_script(BROKEN_WORDS) == []
    assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_checks_find_what_they_look_for(browser, site):
    """A page that is made too wide, and an identifier that is made to break, are reported."""
    show(browser, site + "index.html")
    resize(browser, 400)
    browser.execute_script("""document.querySelector(".md-content p").innerHTML = `
        <code>${"long_".repeat(50)}</code> <span style="display: block; width: 500px">wide</span>`""")
    assert len(browser.execute_script(TOO_WIDE)) == 1
    assert len(browser.execute_script(BROKEN_WORDS)) == 1


@pytest.mark.parametrize("page", SESSIONS)
def test_copying_a_session_takes_its_commands(page, browser, site):
    """A command begins with `$`, and lines that begin with `>` continue it."""
    show(browser, site + page.replace(".md", ".html"))
    expected = []
    for block in read_blocks(page):
        if block.language == "console":
            found = re.findall(r"^\$ .*\n(?:> .*\n)*", block.text, re.MULTILINE)
            expected.append(re.sub(r"^[$>] ", "", "".join(found), flags=re.MULTILINE))
    assert browser.execute_script(COPIED) == expected


def test_copy_button_copies_commands(browser, site):
    """The button itself, once: the theme decides what it copies."""
    rights = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    browser.execute_cdp_cmd("Browser.grantPermissions", {"origin": site.rstrip("/"), "permissions": rights})
    show(browser, site + "index.html")
    button = "div.language-console button[data-md-type=copy]"
    WebDriverWait(browser, SECONDS).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, button))
    browser.find_element(By.CSS_SELECTOR, button).click()
    text = browser.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert text.startswith("printf ")
    assert text.endswith("\nwishbone debug --logs none --config errors.yaml")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colour_scheme_follows_the_system_until_it_is_switched(scheme, browser, site):
    attribute = "return document.body.getAttribute('data-md-color-scheme')"
    expected = {"light": "default", "dark": "slate"}
    show(browser, site + "index.html", scheme)
    assert browser.execute_script(attribute) == expected[scheme]
    seen = []
    for _ in range(2):
        browser.find_element(By.CSS_SELECTOR, "label[for^=__palette]:not([hidden])").click()
        seen.append(browser.execute_script(attribute))
    assert sorted(seen) == ["default", "slate"]
    browser.execute_script("localStorage.clear()")


class Document(HTMLParser):
    """What a page links to, what can be linked to in it, and its definitions."""

    def __init__(self, page):
        super().__init__()
        self.targets = []
        self.anchors = {""}
        self.tags = []
        self.feed((SITE / page).read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, found))
        self.targets += [found[name] for name in ("href", "src") if found.get(name)]
        self.anchors |= {found[name] for name in ("id", "name") if found.get(name)}


@pytest.fixture(scope="module")
def documents():
    return {page: Document(page) for page in PAGES}


def test_every_link_leads_somewhere(documents):
    broken = []
    for page, document in documents.items():
        for link in document.targets:
            path, anchor = urldefrag(urljoin(f"/{page}", link))
            if urlsplit(path).netloc or urlsplit(path).scheme:
                continue
            target = unquote(path).lstrip("/") or "index.html"
            anchors = documents[target].anchors if target in documents else {anchor}
            if not (SITE / target).is_file() or anchor not in anchors:
                broken.append((page, link))
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(documents):
    """The site works without a network, and no third party learns who reads it."""
    loaded = {
        attributes.get("src") or attributes.get("href")
        for document in documents.values()
        for tag, attributes in document.tags
        if tag in {"script", "img", "iframe"} or attributes.get("rel") == "stylesheet"
    }
    assert len(loaded) > 3
    assert [target for target in loaded if target and urlsplit(target).netloc] == []


@pytest.mark.parametrize(
    "page", [page for page in PAGES if re.match(r"reference/(modules|command)/(?!index)", page)]
)
def test_every_argument_queue_and_option_can_be_linked_to(page, documents):
    tags = documents[page].tags
    after = [second for (tag, _), second in pairwise(tags) if tag == "dt"]
    assert after
    assert [found for found in after if found[0] != "a" or "id" not in found[1]] == []
    assert "table" not in [tag for tag, _ in tags]
