"""API Gateway in front of other servers: integrations of HTTP and HTTP_PROXY, with real servers behind them."""

import http.server
import json
import socket
import threading

import pytest

from test_api_gateway import API


class Backend(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.asked.append((self.command, self.path, self.headers, body))
        status, headers, content = self.server.answers.get(self.path.split("?")[0], (200, {}, b"hello"))
        self.send_response_only(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = answer

    def log_message(self, *_):
        pass


@pytest.fixture
def backend():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend) as served:
        served.asked, served.answers = [], {}
        served.url = f"http://127.0.0.1:{served.server_address[1]}"
        thread = threading.Thread(target=served.serve_forever)
        thread.start()
        yield served
        served.shutdown()
        thread.join(10)


@pytest.fixture
def proxied(server):
    def make(url, **more):
        api = API(server)
        api.method(
            "/{proxy+}", "ANY",
            {"type": "HTTP_PROXY", "integrationHttpMethod": "ANY", "uri": f"{url}/{{proxy}}",
             "requestParameters": {"integration.request.path.proxy": "method.request.path.proxy"}, **more},
            method={"requestParameters": {"method.request.path.proxy": True}},
        )
        api.deploy()
        return api
    return make


def test_a_proxy(backend, proxied):
    api = proxied(backend.url)
    backend.answers["/a/b%20c"] = (418, {"X-Own": "1", "Server": "them", "Content-Type": "image/png"}, bytes(range(256)))
    answer = api.ask("POST", "/a/b%20c?x=1&x=2", b"\x00body", {"X-Sent": "yes", "Content-Type": "application/octet-stream"})
    assert (answer.status, answer.body, answer.headers["x-own"]) == (418, bytes(range(256)), "1")
    assert answer.headers["x-amzn-remapped-server"] == "them" and answer.headers["content-type"] == "image/png"
    (method, path, headers, body), = backend.asked
    assert (method, path, body) == ("POST", "/a/b%20c?x=1&x=2", b"\x00body")
    assert headers["X-Sent"] == "yes" and headers["Host"] == backend.url[7:] and headers["X-Forwarded-For"] == "127.0.0.1"
    assert headers["Expect"] is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_methods(backend, proxied, method):
    answer = proxied(backend.url).ask(method, "/x")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"" if method == "HEAD" else b"hello", "5")
    assert [(asked[0], asked[3]) for asked in backend.asked] == [(method, b"")]


def test_a_redirect_is_the_caller_s_to_follow(backend, proxied):
    backend.answers["/x"] = (302, {"Location": f"{backend.url}/y"}, b"")
    answer = proxied(backend.url).ask("GET", "/x")
    assert (answer.status, answer.headers["location"], len(backend.asked)) == (302, f"{backend.url}/y", 1)


def test_many_at_once(backend, proxied):
    api, answers = proxied(backend.url), []
    threads = [threading.Thread(target=lambda: answers.append(api.ask("GET", "/x").text)) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == ["hello"] * 60


def test_what_does_not_answer(backend, proxied):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        answer = proxied(f"http://127.0.0.1:{port}", timeoutInMillis=200).ask("GET", "/x")
        assert (answer.status, json.loads(answer.text)) == (504, {"message": "Endpoint request timed out"})
    answer = proxied(f"http://127.0.0.1:{port}").ask("GET", "/x")
    assert (answer.status, json.loads(answer.text)) == (504, {"message": "Network error communicating with endpoint"})
    backend.answers["/x"] = (200, {}, bytes(11 << 20))
    assert proxied(backend.url).ask("GET", "/x").status == 502


def test_templates_on_the_way(server, backend):
    api = API(server)
    backend.answers["/made/7"] = (201, {"X-Id": "7", "Content-Type": "application/json"}, b'{"id": 7}')
    api.method(
        "/made/{id}", "POST",
        {"type": "HTTP", "integrationHttpMethod": "PUT", "uri": f"{backend.url}/made/{{id}}",
         "requestTemplates": {"application/json": '{"name": $input.json("$.n")}'},
         "requestParameters": {"integration.request.path.id": "method.request.path.id",
                               "integration.request.querystring.v": "method.request.querystring.v"}},
        [("200", {"responseParameters": {"method.response.header.X-Made": True}},
          {"responseTemplates": {"application/json": '{"made": $input.json("$.id")}'},
           "responseParameters": {"method.response.header.X-Made": "integration.response.header.X-Id"}})],
        method={"requestParameters": {"method.request.path.id": True, "method.request.querystring.v": False}},
    )
    api.deploy()
    answer = api.ask("POST", "/made/7?v=a%20b&other=1", b'{"n": "x"}', {"Content-Type": "application/json", "X-Sent": "no"})
    assert (answer.status, json.loads(answer.text), answer.headers["x-made"]) == (200, {"made": 7}, "7")
    (method, path, headers, body), = backend.asked
    assert (method, path, json.loads(body), headers["X-Sent"]) == ("PUT", "/made/7?v=a%20b", {"name": "x"}, None)


def test_a_server_that_is_asked_by_itself(server, proxied):
    """Each round takes one of the transfers that there may be, so it ends long before its time, and the server lives on."""
    api = API(server)
    api.method("/again", "GET", {"type": "HTTP_PROXY", "integrationHttpMethod": "GET",
                                 "uri": f"http://127.0.0.1:{server.port}/restapis/{api.id}/prod/_user_request_/again"})
    api.deploy()
    answer = api.ask("GET", "/again")
    assert answer.status == 504 and answer.headers["x-personalite-hint"].endswith("requests are under way")
    assert server.http("GET", "/_personalite/ready").status == 200
