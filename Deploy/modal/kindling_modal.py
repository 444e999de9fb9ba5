"""Kindling on Modal: `modal deploy Deploy/modal/kindling_modal.py`; Deploy/README.md has the steps.

The worker runs as it does anywhere else. The enter hook starts it and returns when the model answers, so that Modal
sends requests only to a warm container; the exit hook lets it finish what runs.
"""

import os
import subprocess
import time

import modal

PORT = 8000
# Read where `modal deploy` runs, and not in the container.
IMAGE = os.environ.get("KINDLING_IMAGE", "docker.io/your-name/kindling:latest")
GPU = os.environ.get("KINDLING_GPU", "L4")

SETTINGS = {
    # Modal's proxy comes from outside the container.
    "KINDLING_HOST": "0.0.0.0",
    "KINDLING_PORT": str(PORT),
    "KINDLING_STATUS_PORT": "8001",
    "KINDLING_MODEL": os.environ.get("KINDLING_MODEL", "llama3.2:1b"),
    "KINDLING_ACTIVE": "1",
    "KINDLING_CONCURRENCY": "4",
    # Modal ends a container 30 seconds after it asked it to stop.
    "KINDLING_DRAIN_SECONDS": "20",
    "KINDLING_STATE": "/tmp/kindling",
}

app = modal.App("kindling")
# Modal's own runner needs a Python. The image's entrypoint is for containers that run nothing but the worker.
image = modal.Image.from_registry(IMAGE, add_python="3.12").entrypoint([]).env(SETTINGS)
models = modal.Volume.from_name("kindling-models", create_if_missing=True)


@app.function(image=image, volumes={"/models": models}, timeout=3600)
def pull(name: str = SETTINGS["KINDLING_MODEL"]) -> None:
    """Brings a model to the volume, once: `modal run Deploy/modal/kindling_modal.py::pull --name gemma3:4b`."""
    subprocess.run(["kindling", "pull", "--store", "/models", name], check=True)
    models.commit()


@app.cls(
    image=image,
    gpu=GPU,
    volumes={"/models": models.read_only()},
    # KINDLING_API_KEY: beyond loopback a worker without a key makes one up, and nobody would know it.
    secrets=[modal.Secret.from_name("kindling", required_keys=["KINDLING_API_KEY"])],
    # At least one cold start's length, or the next request of a burst pays it again.
    scaledown_window=300,
    startup_timeout=900,
    timeout=900,
)
# More than KINDLING_CONCURRENCY: the rest waits in the worker, which knows soonest when a slot is free.
@modal.concurrent(max_inputs=8, target_inputs=4)
class Kindling:
    """A worker in a container."""

    @modal.enter()
    def start(self) -> None:
        """Starts the worker and waits until its model answers."""
        self.worker = subprocess.Popen(["kindling", "serve"])
        while subprocess.run(["kindling", "health"], capture_output=True, check=False).returncode != 0:
            if self.worker.poll() is not None:
                raise RuntimeError(f"kindling ended with {self.worker.returncode} before it was ready; see its log")
            time.sleep(0.1)

    @modal.web_server(PORT, startup_timeout=60)
    def serve(self) -> None:
        """The worker listens already."""

    @modal.exit()
    def stop(self) -> None:
        """SIGTERM: what runs is finished, what waits is answered."""
        self.worker.terminate()
        self.worker.wait()
