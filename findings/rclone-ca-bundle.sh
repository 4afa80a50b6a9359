#!/bin/bash
# rclone 1.60.1 (Debian 12) ends every S3 command with LoadCustomCABundleError while AWS_CA_BUNDLE is set, though the file is a good
# bundle and the endpoint is plain HTTP, where no certificate is looked at. AWS's own CLI and boto3 honour the variable; those who set it
# for them find rclone broken on the same machine. Without the variable the same command lists the same bucket.
#
# Seen on 2026-11-29 with rclone 1.60.1+dfsg-2+b5:
#   Failed to create file system for "here:": LoadCustomCABundleError: unable to load custom CA bundle, HTTPClient's transport unsupported type
#   caused by: unsupported transport, *fshttp.Transport
#
# Needs apt-get with Debian 12's packages, openssl and python3. Exits 0 while it is so, 1 once it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

apt-get download -qq rclone=1.60.1+dfsg-2+b5
dpkg-deb -x rclone_*.deb package
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out bundle.pem -subj /CN=finding -days 2 2>/dev/null

# An S3 that knows one answer: the list of an account's buckets.
python3 - >port <<'PYTHON' &
import http.server

BODY = (
    b'<?xml version="1.0" encoding="UTF-8"?><ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>1</ID></Owner>'
    b"<Buckets><Bucket><Name>films</Name><CreationDate>2026-11-29T00:00:00.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>")


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "application/xml")
        self.send_header("content-length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PYTHON
server=$!
until [ -s port ]; do sleep 0.1; done

list() {
    env -i PATH="$PATH" HOME="$folder" "$@" RCLONE_CONFIG_HERE_TYPE=s3 RCLONE_CONFIG_HERE_PROVIDER=Other RCLONE_CONFIG_HERE_ACCESS_KEY_ID=a \
        RCLONE_CONFIG_HERE_SECRET_ACCESS_KEY=b RCLONE_CONFIG_HERE_ENDPOINT="http://127.0.0.1:$(cat port)" \
        package/usr/bin/rclone --config "" --retries 1 lsd here: 2>&1
}

package/usr/bin/rclone version | head -1
without=$(list)
echo "without AWS_CA_BUNDLE: $without"
[[ $without == *films* ]] || { echo "changed: the bucket is not listed without the variable either"; exit 1; }
if with=$(list AWS_CA_BUNDLE="$folder/bundle.pem"); then
    echo "changed: rclone lists the bucket with AWS_CA_BUNDLE set: $with"
    exit 1
fi
echo "with AWS_CA_BUNDLE: $with"
[[ $with == *LoadCustomCABundleError*"unsupported transport"* ]] || { echo "changed: it fails otherwise"; exit 1; }
