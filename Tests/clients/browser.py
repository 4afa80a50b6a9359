"""Debian's chromium, driven by its own protocol over a pipe: no driver and no library in between."""

import base64
import itertools
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import threading
import time

from harness import clean_environment

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--force-color-profile=srgb",
]

# The console's pages from this folder rather than from the program, so that a change of them needs no build.
PAGES = os.environ.get("PERSONALITE_CONSOLE_PAGES")
# As `ConsolePages.policy` has it.
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")


class Browser:
    """A browser without a window."""

    def __init__(self, folder, *flags):
        assert shutil.which("chromium"), "Debian's package chromium is missing: `make clients` installs it"
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        arguments = ["chromium", *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={folder}/profile", *flags, "about:blank"]
        with open(f"{folder}/browser.log", "ab") as log:
            self.process = subprocess.Popen(
                # The protocol is spoken on the descriptors 3 and 4.
                ["bash", "-c", f'exec "$@" 3<&{commands} 4>&{answers}', "bash", *arguments], env=clean_environment(folder), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, pass_fds=(commands, answers), start_new_session=True,
            )
        os.close(commands)
        os.close(answers)
        self.numbers, self.waiting, self.pages, self.writing = itertools.count(1), {}, {}, threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        rest = b""
        while piece := os.read(self.answers, 1 << 16):
            *messages, rest = (rest + piece).split(b"\0")
            for message in map(json.loads, messages):
                if "id" in message:
                    self.waiting.pop(message["id"]).put(message)
                elif message.get("sessionId") in self.pages:
                    self.pages[message["sessionId"]].note(message["method"], message["params"])

    def send(self, method, session=None, within=60, **params):
        """One command and its answer."""
        found = self.post(method, session, **params).get(timeout=within)
        assert "error" not in found, f"{method}: {found['error']}"
        return found["result"]

    def post(self, method, session=None, **params):
        """One command; the queue that its answer comes into."""
        number, answer = next(self.numbers), queue.Queue()
        self.waiting[number] = answer
        message = {"id": number, "method": method, "params": params, **({"sessionId": session} if session else {})}
        with self.writing:
            text = json.dumps(message).encode() + b"\0"
            while text:
                text = text[os.write(self.commands, text):]
        return answer

    # A page of the console keeps one connection, and a browser has six for all pages of one server.
    MOST_PAGES = 3

    def open(self, address, width=1280, height=900):
        """Opens a page; the oldest of more than three is closed."""
        while len(self.pages) >= self.MOST_PAGES:
            self.pages.pop(next(iter(self.pages))).close()
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        page = Page(self, self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"], target)
        self.pages[page.session] = page
        for domain in ("Page", "Runtime", "Log"):
            page.send(f"{domain}.enable")
        if PAGES:
            page.send("Fetch.enable", patterns=[{"urlPattern": "*/_personalite/console*"}])
        page.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        page.go(address)
        return page

    def close(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)


class Page:
    """One page; `faults` has what went wrong in it: exceptions, and what its policy refused."""

    KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "ArrowDown": 40, "ArrowUp": 38}

    def __init__(self, browser, session, target):
        self.browser, self.session, self.target, self.faults = browser, session, target, []

    def send(self, method, **params):
        return self.browser.send(method, self.session, **params)

    def close(self):
        self.browser.pages.pop(self.session, None)
        self.browser.send("Target.closeTarget", targetId=self.target)

    def serve(self, params):
        """Answers with a file of the folder, in the place of what the server has in it."""
        name = params["request"]["url"].split("?")[0].split("#")[0].rsplit("/_personalite/console", 1)[1].strip("/") or "index.html"
        types = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
        file = pathlib.Path(PAGES) / pathlib.Path(name).name
        headers = [{"name": "content-type", "value": types.get(file.suffix, "text/plain") + "; charset=utf-8"}, {"name": "content-security-policy", "value": POLICY}]
        self.browser.post("Fetch.fulfillRequest", self.session, requestId=params["requestId"], responseCode=200 if file.is_file() else 404, responseHeaders=headers,
                          body=base64.b64encode(file.read_bytes() if file.is_file() else b"").decode())

    def note(self, method, params):
        if method == "Fetch.requestPaused":
            return self.serve(params)
        if method == "Runtime.exceptionThrown":
            self.faults.append(params["exceptionDetails"].get("exception", {}).get("description", str(params)))
        # What the server refused is told on the page; a browser notes it as an error of the network.
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error" and params["entry"]["source"] != "network":
            self.faults.append(params["entry"]["text"])

    def go(self, address):
        self.send("Page.navigate", url=address)

    def run(self, script, **arguments):
        """The value of an expression, or of what a promise gives. `arguments` are constants of the expression."""
        constants = "".join(f"const {name} = {json.dumps(value)};" for name, value in arguments.items())
        expression = f"(async () => {{ {constants} return ({script}); }})()"
        found = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def until(self, script, within=30, **arguments):
        """The first true value of an expression."""
        deadline = time.monotonic() + within
        while not (value := self.run(script, **arguments)):
            assert time.monotonic() < deadline, f"{script} {arguments}: not within {within} s; the page says:\n{self.text()}\n{self.faults}"
            self.run("new Promise(done => setTimeout(done, 20))")
        return value

    def text(self, selector="body"):
        return self.run("document.querySelector(selector)?.innerText", selector=selector)

    def sees(self, text, selector="main", within=30):
        """Returns once a text is to be seen."""
        self.until("document.querySelector(selector)?.innerText.includes(text)", within, selector=selector, text=text)

    def click(self, selector, text=None):
        """A click with the mouse in the middle of an element, the first with a text of its own if one is given."""
        script = """(() => {
            const found = [...document.querySelectorAll(selector)].find(one => (!text || one.textContent.trim().includes(text)) && !one.disabled && one.checkVisibility());
            if (!found) return null;
            found.scrollIntoView({block: "center"});
            const box = found.getBoundingClientRect();
            return [box.x + box.width / 2, box.y + box.height / 2];
        })()"""
        x, y = self.until(script, selector=selector, text=text)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="none" if kind == "mouseMoved" else "left", clickCount=1)

    def press(self, key, shift=False):
        code = self.KEYS[key]
        text = {"Enter": "\r", " ": " "}.get(key)
        for kind in ("keyDown", "keyUp"):
            self.send(
                "Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, modifiers=8 if shift else 0,
                **({"text": text} if text and kind == "keyDown" else {}),
            )

    def type(self, text):
        self.send("Input.insertText", text=text)

    def fill(self, label, value):
        """Puts a value into the control with a label, as typing or choosing does."""
        script = """(() => {
            const tag = [...document.querySelectorAll("label")].find(one => one.textContent.trim() === label && one.checkVisibility());
            const control = tag ? document.getElementById(tag.htmlFor) : document.querySelector(`[aria-label="${CSS.escape(label)}"]`);
            if (!control || control.tagName === "SELECT" && ![...control.options].some(one => one.value === value)) return false;
            control.focus();
            control.value = value;
            for (const kind of ["input", "change"]) control.dispatchEvent(new Event(kind, {bubbles: true}));
            return true;
        })()"""
        self.until(script, label=label, value=str(value))

    def give_files(self, selector, *paths):
        """Files for an input of files."""
        self.until("Boolean(document.querySelector(selector))", selector=selector)
        root = self.send("DOM.getDocument")["root"]["nodeId"]
        node = self.send("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.send("DOM.setFileInputFiles", files=[str(path) for path in paths], nodeId=node)

    def picture(self, path, isWhole=True):
        """Of the whole page, or of what is in sight of it; the kind is that of the name's ending."""
        kind = pathlib.Path(path).suffix[1:]
        # Once around, so that what was changed last is in it.
        self.run("scrollTo(0, 0), new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        found = self.send("Page.captureScreenshot", format=kind, captureBeyondViewport=isWhole, **({} if kind == "png" else {"quality": 82}))
        with open(path, "wb") as file:
            file.write(base64.b64decode(found["data"]))
