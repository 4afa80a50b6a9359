"""Something that stands between a client and a server: it notes what is asked, and answers some of it itself."""

import http.client
import http.server
import threading

PASSED_ON = ("etag", "content-range", "content-type", "location", "x-amzn-errortype")


class Relay(http.server.ThreadingHTTPServer):
    """Before the server on a port. `answer(handler, kind, before)` gives a status and a body for what is not passed on, else None.

    A kind is an operation's name, or the method of what has none; `before` says how many of it there were. An answer is sent before the request's body is
    read, and ends the connection, as a server does that refuses from the head alone.
    """

    daemon_threads = True

    def __init__(self, server, answer=None):
        super().__init__(("127.0.0.1", 0), Relayed)
        self.target, self.answer, self.asked = server.port, answer or (lambda *_: None), []
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.thread = threading.Thread(target=self.serve_forever)
        self.thread.start()

    def end(self):
        self.shutdown()
        self.thread.join(20)
        self.server_close()


class Relayed(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def relay(self):
        kind = self.headers.get("x-amz-target", self.command).split(".")[-1]
        before = self.server.asked.count(kind)
        self.server.asked.append(kind)
        own = self.server.answer(self, kind, before)
        if own:
            self.close_connection = True
            return self.say(own[0], {"connection": "close"}, own[1])
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=30)
        try:
            connection.request(self.command, self.path, body=body or None, headers=dict(self.headers.items()))
            answer = connection.getresponse()
            passed = {name: value for name, value in answer.getheaders() if name.lower() in PASSED_ON or name.lower().startswith("x-amz-meta-")}
            self.say(answer.status, passed, answer.read())
        finally:
            connection.close()

    def say(self, status, headers, body):
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = relay

    def log_message(self, *_):
        pass
