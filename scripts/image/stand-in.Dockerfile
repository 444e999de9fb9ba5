# A stand-in for the official Ollama image, laid out alike: a server that answers as the recorded Ollama did, a real
# llama-server, and files in the place of what each GPU family needs.
ARG SWIFT_IMAGE
ARG BASE_IMAGE

# hadolint ignore=DL3006
FROM ${SWIFT_IMAGE} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,id=kindling-packages,target=/root/.cache/org.swift.swiftpm \
    --mount=type=cache,id=kindling-build,target=/src/.build \
    swift build -c release --static-swift-stdlib --product fake-ollama \
    && install -m 755 .build/release/fake-ollama /usr/local/bin/ollama

# hadolint ignore=DL3006
FROM ${BASE_IMAGE}
# hadolint ignore=DL3008
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates libgomp1 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/ollama /usr/bin/ollama
# Its recordings, where it was compiled to look for them.
COPY Tests/Fixtures/ollama /src/Tests/Fixtures/ollama
# /engine is mounted by the test.
WORKDIR /usr/lib/ollama
RUN cp /engine/llama-server /engine/lib*.so.0 /engine/libllama-server-impl.so /engine/libvulkan.so.1 . \
    && chmod 755 llama-server \
    && cp llama-server llama-quantize \
    && for family in cuda_v12 cuda_v13 mlx_cuda_v13 vulkan; do \
        mkdir "$family" && head -c 20000000 /dev/urandom >"$family/libggml-$family.so"; done
ENV LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64 \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility \
    NVIDIA_VISIBLE_DEVICES=all \
    OLLAMA_HOST=0.0.0.0:11434
EXPOSE 11434
ENTRYPOINT ["/bin/ollama"]
CMD ["serve"]
