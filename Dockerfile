# One image for every platform: Ollama (or its llama-server), the worker, and the models that MODEL names.
# Docs/Image.md explains the arguments and the layers; scripts/test-image builds it and runs it.

ARG SWIFT_IMAGE=docker.io/library/swift:6.3-bookworm
ARG OLLAMA_IMAGE=docker.io/ollama/ollama:0.32.15
ARG SLIM_IMAGE=docker.io/library/debian:bookworm-slim
# ollama: the official image with everything in it. slim: what GPU and ENGINE ask for, on SLIM_IMAGE.
ARG FLAVOUR=ollama
# Whose `kindling pull` bakes. An image of an earlier version keeps the models' layers in the build's cache.
ARG PULLER_IMAGE=build

# The worker. Debian 12's glibc is the oldest of all bases, so what is linked here runs on all of them.
# hadolint ignore=DL3006
FROM ${SWIFT_IMAGE} AS build
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends libcurl4-openssl-dev pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,id=kindling-packages,target=/root/.cache/org.swift.swiftpm \
    --mount=type=cache,id=kindling-build,target=/src/.build \
    swift build -c release --static-swift-stdlib --product kindling \
    && sh scripts/image/collect .build /out

# hadolint ignore=DL3006
FROM ${PULLER_IMAGE} AS puller

# The models, in trees of fixed owner, mode and time: the same model is the same layer, whoever pulled it.
# hadolint ignore=DL3006
FROM ${SLIM_IMAGE} AS bake
# hadolint ignore=DL3008
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends ca-certificates libcurl4 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=puller /usr/local/bin/kindling /usr/local/bin/kindling
COPY scripts/image/bake /usr/local/bin/bake
ARG MODEL=""
ARG PULL_FLAGS=""
RUN --mount=type=secret,id=hf_token sh /usr/local/bin/bake /bake

# hadolint ignore=DL3006
FROM ${OLLAMA_IMAGE} AS engine-ollama

# hadolint ignore=DL3006
FROM ${OLLAMA_IMAGE} AS pruned
ARG GPU=cuda13
ARG ENGINE=ollama
COPY scripts/image/prune /usr/local/bin/prune
RUN sh /usr/local/bin/prune /engine

# hadolint ignore=DL3006
FROM ${SLIM_IMAGE} AS engine-slim
COPY --from=pruned /engine/ /
ENV LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64 \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    NVIDIA_VISIBLE_DEVICES=all

# What all of it runs on.
# hadolint ignore=DL3006
FROM engine-${FLAVOUR} AS system
COPY scripts/image/install /tmp/install
RUN sh /tmp/install && rm /tmp/install

# What a new version of the worker changes, in one layer.
FROM build AS additions
ARG VERSION=0.1.0
ARG SOURCE_DATE_EPOCH=0
COPY --from=bake /bake/rest/ /tree-of-models/
COPY --from=system /usr/share/doc/kindling/packages.tsv /out/
RUN sh scripts/image/assemble /out /tree-of-models /tree

FROM system
# Weights of the first three models, those of all others, and what is small: names, templates, licences.
COPY --from=bake /bake/weights-1/ /
COPY --from=bake /bake/weights-2/ /
COPY --from=bake /bake/weights-3/ /
COPY --from=bake /bake/weights-4/ /
COPY --from=bake /bake/rest/ /
COPY --from=additions /tree/ /

# OLLAMA_HOST: the official image sets an address to listen on, which a client takes for a server to use.
ENV HOME=/var/lib/kindling \
    KINDLING_HOST=0.0.0.0 \
    KINDLING_STATUS_PORT=8001 \
    OLLAMA_HOST=
ARG VERSION=0.1.0
ARG REVISION=""
ARG OLLAMA_IMAGE
LABEL org.opencontainers.image.title="Kindling" \
    org.opencontainers.image.description="A serverless GPU worker for Ollama models" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.base.name="${OLLAMA_IMAGE}"
EXPOSE 8000 8001
STOPSIGNAL SIGTERM
# A model of many gigabytes on a slow volume takes minutes: until then a check that fails means nothing.
HEALTHCHECK --interval=10s --timeout=5s --start-period=15m --retries=3 CMD ["kindling", "health"]
WORKDIR /var/lib/kindling
USER 10001
ENTRYPOINT ["/usr/bin/tini", "--", "/entrypoint.sh"]
CMD ["worker"]
