"""What a page of another origin can do in a real browser: nothing, unless its origin was named with --allow-origin."""

import http.server
import json
import os
import queue
import shutil
import signal
import subprocess
import threading
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from harness import REGION, clean_environment

KEYS = botocore.credentials.Credentials("test", "test")

PAGE = """<!doctype html><title>A page of somebody else</title><iframe name=hidden></iframe><script>
const plan = %s;
const told = {};
const attempt = async (name, work) => { try { told[name] = await work(); } catch (error) { told[name] = "refused: " + error.name; } };
const asked = (request, more) => fetch(request.url, {method: request.method, headers: request.headers, body: request.body, ...more});
const form = (fields, file) => {
    const data = new FormData();
    for (const [name, value] of Object.entries(fields)) data.append(name, value);
    data.append("file", new Blob([file]));
    return data;
};
const loaded = (tag, address) => new Promise((done, fail) => {
    const element = document.createElement(tag);
    element.onload = () => done("loaded");
    element.onerror = () => fail(new TypeError());
    element.src = address;
    document.body.append(element);
});
(async () => {
    // What asks the server first whether it may.
    await attempt("signed", async () => (await asked(plan.create)).status);
    await attempt("presigned put", async () => (await fetch(plan.put, {method: "PUT", body: "x"})).status);
    await attempt("refused put", async () => (await fetch(plan.put + "0", {method: "PUT", body: "x"})).status);
    await attempt("delete", async () => (await asked(plan.remove)).status);
    // What a browser sends without asking.
    await attempt("read", async () => (await fetch(plan.get)).text());
    await attempt("picture", () => loaded("img", plan.picture));
    await attempt("reset", async () => (await fetch(plan.server + "/_personalite/reset", {method: "POST", mode: "no-cors"})).type);
    await attempt("clock", async () =>
        (await fetch(plan.server + "/_personalite/clock", {method: "POST", mode: "no-cors", body: '{"advance": 86400}'})).type);
    await attempt("form", async () => (await fetch(plan.server + "/kept", {method: "POST", mode: "no-cors", body: form(plan.form, "by fetch")})).type);
    await attempt("beacon", async () => navigator.sendBeacon(plan.server + "/_personalite/reset", new Blob(["{}"], {type: "text/plain"})));
    const hidden = document.createElement("form");
    Object.assign(hidden, {method: "post", action: plan.server + "/_personalite/reset", target: "hidden"});
    const frame = new Promise(done => document.querySelector("iframe").addEventListener("load", done, {once: true}));
    document.body.append(hidden);
    hidden.submit();
    await frame;
    await fetch("/told", {method: "POST", body: JSON.stringify(told)});
})();
</script><body>"""


class Site:
    """A page on an origin of its own, and what it tells."""

    def __init__(self, name):
        told, site = queue.Queue(), self
        self.told, self.plan = told, None

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(PAGE % json.dumps(site.plan))

            def do_POST(self):
                told.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.answer("")

            def answer(self, text):
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://{name}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def browse(address, folder, *flags):
    """A browser without a window that has opened `address`."""
    command = [
        "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-default-browser-check",
        "--disable-background-networking", "--disable-component-update", f"--user-data-dir={folder}/profile", *flags, address,
    ]
    assert shutil.which("chromium"), "Debian's package chromium is missing: `make clients` installs it"
    with open(f"{folder}/browser.log", "ab") as log:
        return subprocess.Popen(command, env=clean_environment(folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def end(browser):
    os.killpg(browser.pid, signal.SIGKILL)
    browser.wait(30)


def signed(server, method, path, service, body="", **headers):
    """A request with a right signature, as a page can make one that knows the key of the manual."""
    request = botocore.awsrequest.AWSRequest(method, server.url + path, data=body, headers={name.replace("_", "-"): value for name, value in headers.items()})
    kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    kind(KEYS, service, REGION).add_auth(request)
    return {"url": server.url + path, "method": method, "body": body or None, "headers": dict(request.headers.items())}


def plan(server):
    s3 = server.client("s3", signature_version="s3v4")
    post = s3.generate_presigned_post("kept", "by-form")
    return {
        "server": server.url,
        "create": signed(
            server, "POST", "/", "kinesis", '{"StreamName":"foreign","ShardCount":1}',
            x_amz_target="Kinesis_20131202.CreateStream", content_type="application/x-amz-json-1.1",
        ),
        "remove": signed(server, "DELETE", "/kept/other", "s3"),
        "put": s3.generate_presigned_url("put_object", {"Bucket": "kept", "Key": "by-put"}),
        "get": s3.generate_presigned_url("get_object", {"Bucket": "kept", "Key": "secret"}),
        "picture": s3.generate_presigned_url("get_object", {"Bucket": "kept", "Key": "picture"}),
        "form": post["fields"],
    }


# A picture of one pixel.
PICTURE = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")


def prepare(server):
    s3 = server.client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="secret", Body=b"not for you")
    s3.put_object(Bucket="kept", Key="other", Body=b"still here")
    s3.put_object(Bucket="kept", Key="picture", Body=PICTURE, ContentType="image/gif")


def state(server):
    return {
        "objects": {entry["Key"] for entry in server.client("s3").list_objects_v2(Bucket="kept").get("Contents", [])},
        "streams": server.client("kinesis").list_streams()["StreamNames"],
        "is moved": abs(server.clock() - time.time()) > 3600,
    }


def visited(server, site, folder):
    """What a page of another origin told of its attempts."""
    site.plan = plan(server)
    browser = browse(site.origin, folder, "--host-resolver-rules=MAP page.example 127.0.0.1")
    try:
        return site.told.get(timeout=90)
    finally:
        end(browser)
        site.server.shutdown()
        site.server.server_close()


# Another port of this machine is another origin of the same site; a name of elsewhere is another site.
ORIGINS = pytest.mark.parametrize("name", ["127.0.0.1", "page.example"])
# What a browser sends without asking gives a page nothing that it could read, whatever the answer was.
BLIND = {"reset", "clock", "form", "beacon"}


@ORIGINS
def test_page_of_another_origin(name, start, tmp_path):
    server = start()
    prepare(server)
    told = visited(server, Site(name), tmp_path)
    assert state(server) == {"objects": {"secret", "other", "picture"}, "streams": [], "is moved": False}, told
    assert {what for what, value in told.items() if str(value).startswith("refused")} == set(told) - BLIND, told
    assert len(told) == 10, told


@ORIGINS
def test_page_of_an_allowed_origin(name, start, tmp_path):
    """The same page, so that what is refused above is refused for its origin and for nothing else."""
    site = Site(name)
    server = start("--allow-origin", site.origin)
    prepare(server)
    told = visited(server, site, tmp_path)
    assert told == {
        "signed": 200, "presigned put": 200, "refused put": 403, "delete": 204, "read": "not for you", "picture": "loaded",
        "reset": "opaque", "clock": "opaque", "form": "opaque", "beacon": True,
    }, told
