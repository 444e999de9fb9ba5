#!/usr/bin/env python3
"""Tells the layers of images that were copied into OCI folders.

    layers.py table FOLDER             a Markdown table: what made each layer, and its compressed size
    layers.py new FOLDER OLD           bytes in FOLDER's layers that OLD does not have
    layers.py size FOLDER              compressed bytes of all layers
"""

import json
import pathlib
import sys


def read(folder, digest):
    return json.loads((folder / "blobs" / digest.replace(":", "/")).read_bytes())


class Image:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        index = json.loads((folder / "index.json").read_bytes())
        manifest = read(folder, index["manifests"][0]["digest"])
        self.layers = [(layer["digest"], layer["size"]) for layer in manifest["layers"]]
        history = read(folder, manifest["config"]["digest"]).get("history", [])
        self.steps = [step.get("created_by", "") for step in history if not step.get("empty_layer")]


def main():
    order, image = sys.argv[1], Image(sys.argv[2])
    if order == "size":
        print(sum(size for _, size in image.layers))
    elif order == "new":
        old = {digest for digest, _ in Image(sys.argv[3]).layers}
        print(sum(size for digest, size in image.layers if digest not in old))
    else:
        steps = image.steps + [""] * (len(image.layers) - len(image.steps))
        for (digest, size), step in zip(image.layers, steps):
            step = step.replace("/bin/sh -c", "RUN").replace("#(nop) ", "").strip()
            print(f"| {digest[7:19]} | {size / 1e6:.2f} | `{step[:100] or 'the base'}` |")


if __name__ == "__main__":
    main()
