# A small image with nothing in it but the server: docker build -t personalite .
#
# docker run --rm -p 127.0.0.1:4590:4590 -v personalite:/data personalite
FROM swift:6.3-bookworm AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libsqlite3-dev libssl-dev zlib1g-dev libcurl4-openssl-dev make git && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# Dependencies are resolved before the sources are copied, so that they are fetched again only when they change.
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
# The demo's stack is in the program.
COPY testdata/post testdata/post
COPY Makefile ./
COPY packaging/no-unwind-tables.ld packaging/
RUN make server && strip .build/release/personalite

FROM debian:bookworm-slim
# Functions and the demo need an interpreter: docker build --build-arg INTERPRETERS=nodejs -t personalite .
ARG INTERPRETERS=
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libsqlite3-0 libssl3 zlib1g libzstd1 libcurl4 ca-certificates $INTERPRETERS && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 4590 --home-dir /data personalite && install -d -o personalite /data
COPY --from=build /source/.build/release/personalite /usr/local/bin/personalite
COPY testdata/filmnight /usr/local/share/personalite/filmnight
USER personalite
VOLUME /data
EXPOSE 4590
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/personalite"]
# A server that listens beyond loopback with the built-in test/test key is refused unless it is told that this is meant.
# Inside a container it is: only what `docker run --publish` names is reachable. Publish to 127.0.0.1 as above, or
# give `--credentials` and replace this command to serve others.
CMD ["serve", "--host", "0.0.0.0", "--data-dir", "/data", "--allow-insecure-host"]
