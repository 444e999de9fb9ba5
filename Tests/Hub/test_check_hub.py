"""scripts/check-hub: takes what the repository has, and refuses each mistake with words that name it.

    python3 -m unittest discover -s Tests/Hub
"""

import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "check-hub"
FILES = ("hub.json", "tests.json", "Docs/Configuration.md", "Docs/RunPod.md", ".runpod/handler.py")


class CheckHub(unittest.TestCase):
    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        for name in FILES:
            (self.root / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.root / name)
        for name in ("hub.json", "tests.json"):
            (self.root / ".runpod" / name).symlink_to(f"../{name}")

    def check(self, *arguments):
        return subprocess.run(
            [sys.executable, SCRIPT, "--root", self.root, *arguments], capture_output=True, text=True, timeout=60,
            check=False,
        )

    def edit(self, name, change):
        path = self.root / name
        value = json.loads(path.read_text())
        change(value)
        path.write_text(json.dumps(value, indent=2))

    def refuses(self, *words):
        result = self.check()
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def variable(self, key):
        def find(hub):
            return next(entry for entry in hub["config"]["env"] if entry["key"] == key)

        return find


class Taken(CheckHub):
    def test_what_the_repository_has(self):
        result = subprocess.run([SCRIPT], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_copy_of_it(self):
        result = self.check()
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_tables_that_are_written_anew_are_right(self):
        page = self.root / "Docs/RunPod.md"
        text = page.read_text()
        page.write_text(text.replace("| Small: Qwen3 1.7B | 1.8 GB |", "| Small: Qwen3 1.7B | 9.9 GB |"))
        self.refuses("Docs/RunPod.md", "scripts/check-hub --write")
        self.assertEqual(self.check("--write").returncode, 0)
        self.assertEqual(page.read_text(), text)
        self.assertEqual(self.check().returncode, 0)


class Form(CheckHub):
    def test_a_typo_in_a_field(self):
        def change(hub):
            hub["config"]["containerDiskInGB"] = hub["config"].pop("containerDiskInGb")

        self.edit("hub.json", change)
        self.refuses('lacks "containerDiskInGb"', 'the unknown member "containerDiskInGB"')

    def test_a_typo_in_an_input(self):
        def change(hub):
            given = self.variable("KINDLING_CONCURRENCY")(hub)["input"]
            given["maximum"] = given.pop("max")

        self.edit("hub.json", change)
        self.refuses('config.env[2].input lacks "max"', 'the unknown member "maximum"')

    def test_a_number_as_text(self):
        self.edit("hub.json", lambda hub: hub["config"].update(gpuCount="1"))
        self.refuses("config.gpuCount must be an integer")

    def test_a_category_that_is_none(self):
        self.edit("hub.json", lambda hub: hub.update(category="llm"))
        self.refuses("category must be one of", '"language"')

    def test_what_is_the_endpoints_to_set(self):
        for name in ("flashboot", "workersMin", "workersMax", "idleTimeout", "scalerType", "scalerValue"):
            with self.subTest(name):
                shutil.copy(ROOT / "hub.json", self.root / "hub.json")
                self.edit("hub.json", lambda hub, name=name: hub["config"].update({name: 1}))
                self.refuses(name, "Docs/RunPod.md")

    def test_no_json(self):
        (self.root / "hub.json").write_text("{")
        self.refuses("hub.json is no JSON")

    def test_a_member_that_stands_twice(self):
        (self.root / "tests.json").write_text('{"tests": [], "tests": []}')
        self.refuses("tests.json", '"tests" stands twice')

    def test_a_missing_file(self):
        (self.root / "tests.json").unlink()
        self.refuses("tests.json", "No such file")

    def test_a_link_that_became_a_copy(self):
        link = self.root / ".runpod/hub.json"
        link.unlink()
        shutil.copy(ROOT / "hub.json", link)
        self.refuses("ln -sfn ../hub.json .runpod/hub.json")


class Variables(CheckHub):
    def test_an_unknown_key(self):
        def change(hub):
            self.variable("KINDLING_TOKEN_CAP")(hub)["key"] = "KINDLING_TOKENS_CAP"

        self.edit("hub.json", change)
        self.refuses("KINDLING_TOKENS_CAP", "no setting of the worker")

    def test_an_unknown_key_of_ollama(self):
        def change(hub):
            self.variable("OLLAMA_FLASH_ATTENTION")(hub)["key"] = "OLLAMA_FLASH_ATTN"

        self.edit("hub.json", change)
        self.refuses("OLLAMA_FLASH_ATTN")

    def test_an_unknown_key_of_the_tests(self):
        self.edit("tests.json", lambda tests: tests["config"]["env"].append({"key": "KINDLING_SLOTS", "value": "1"}))
        self.refuses("KINDLING_SLOTS")

    def test_a_key_that_is_there_twice(self):
        self.edit("hub.json", lambda hub: hub["config"]["env"].append(hub["config"]["env"][0]))
        self.refuses("KINDLING_MODEL is there twice")

    def test_an_option_that_the_worker_does_not_take(self):
        def change(hub):
            self.variable("KINDLING_FIT")(hub)["input"]["options"][0]["value"] = "strict"

        self.edit("hub.json", change)
        self.refuses("KINDLING_FIT takes check, off, shrink")

    def test_a_range_that_is_wider_than_the_workers(self):
        def change(hub):
            self.variable("KINDLING_CONCURRENCY")(hub)["input"]["max"] = 4096

        self.edit("hub.json", change)
        self.refuses("KINDLING_CONCURRENCY takes a whole number from 1 to 512")

    def test_a_default_outside_its_range(self):
        def change(hub):
            self.variable("KINDLING_STALL_SECONDS")(hub)["input"]["default"] = 3601

        self.edit("hub.json", change)
        self.refuses("KINDLING_STALL_SECONDS")

    def test_a_cache_type_with_which_every_load_would_fail(self):
        def change(hub):
            self.variable("OLLAMA_KV_CACHE_TYPE")(hub)["input"]["options"][0]["value"] = "q8"

        self.edit("hub.json", change)
        self.refuses("OLLAMA_KV_CACHE_TYPE takes", "q8_0")

    def test_a_preset_with_a_variable_that_is_not_offered(self):
        self.edit("hub.json", lambda hub: hub["config"]["presets"][0]["defaults"].update(KINDLING_LOAD_MODE="mmap"))
        self.refuses("KINDLING_LOAD_MODE", "not among the inputs")

    def test_a_preset_with_text_where_a_number_belongs(self):
        self.edit("hub.json", lambda hub: hub["config"]["presets"][0]["defaults"].update(KINDLING_CONCURRENCY="16"))
        self.refuses("KINDLING_CONCURRENCY", "no number")


class Memory(CheckHub):
    def preset(self, index, **defaults):
        self.edit("hub.json", lambda hub: hub["config"]["presets"][index]["defaults"].update(defaults))

    def test_a_preset_that_does_not_fit_its_pools(self):
        self.preset(2, KINDLING_CONCURRENCY=4)
        self.refuses("Large: Qwen3 32B", "needs 25.1 GB of GPU memory", "AMPERE_24 has 22.8 GB")

    def test_a_pool_that_is_too_small_for_one_preset(self):
        self.edit("hub.json", lambda hub: hub["config"].update(gpuIds="AMPERE_16,AMPERE_24,-NVIDIA RTX A4500"))
        self.refuses("Large: Qwen3 32B", "AMPERE_16 has 15.2 GB")

    def test_the_smallest_card_of_a_pool_counts(self):
        self.edit("hub.json", lambda hub: hub["config"].update(gpuIds="AMPERE_24,ADA_24"))
        self.refuses("Large: Qwen3 32B", "AMPERE_24 has 19.0 GB")

    def test_the_type_of_the_cache_counts(self):
        self.preset(1, OLLAMA_KV_CACHE_TYPE="f16", KINDLING_CONCURRENCY=16)
        self.refuses("Middle: Qwen3 8B", "AMPERE_24")

    def test_a_quantised_cache_needs_flash_attention(self):
        self.preset(0, OLLAMA_FLASH_ATTENTION=False)
        self.refuses("Small: Qwen3 1.7B", "OLLAMA_FLASH_ATTENTION on")

    def test_more_context_than_the_model_was_trained_for(self):
        self.preset(2, KINDLING_CONTEXT_LENGTH=65536, KINDLING_CONCURRENCY=1)
        self.refuses("40960")

    def test_a_model_whose_figures_nobody_knows(self):
        self.preset(0, KINDLING_MODEL="hf.co/Qwen/Qwen9:Q4_K_M")
        self.refuses("hf.co/Qwen/Qwen9:Q4_K_M", "scripts/hub/models.json")

    def test_a_name_that_promises_a_smaller_card(self):
        def change(hub):
            preset = hub["config"]["presets"][2]
            preset["name"] = preset["name"].replace("24 GB", "16 GB")

        self.edit("hub.json", change)
        self.refuses('must end in "fits GPUs of 24 GB"')

    def test_a_disk_that_does_not_hold_image_and_models(self):
        self.edit("hub.json", lambda hub: hub["config"].update(containerDiskInGb=20))
        self.refuses("containerDiskInGb is 20, and reckoned are 35")


class Platform(CheckHub):
    def test_an_unknown_pool(self):
        self.edit("hub.json", lambda hub: hub["config"].update(gpuIds="ADA_42"))
        self.refuses('the unknown pool "ADA_42"', "ADA_24")

    def test_an_excluded_gpu_that_is_in_none_of_the_pools(self):
        self.edit("hub.json", lambda hub: hub["config"].update(gpuIds="AMPERE_48,-NVIDIA RTX A4500"))
        self.refuses('excludes "NVIDIA RTX A4500"')

    def test_a_pool_of_which_nothing_is_left(self):
        self.edit("hub.json", lambda hub: hub["config"].update(gpuIds="AMPERE_48,-NVIDIA RTX A6000,-NVIDIA A40"))
        self.refuses("excludes every GPU of AMPERE_48")

    def test_more_pools_than_an_endpoint_takes(self):
        pools = "AMPERE_48,ADA_48_PRO,AMPERE_80,ADA_80_PRO"
        self.edit("hub.json", lambda hub: hub["config"].update(gpuIds=pools))
        self.refuses("more than the 3 pools")

    def test_drivers_that_are_too_old_for_the_engine(self):
        self.edit("hub.json", lambda hub: hub["config"]["allowedCudaVersions"].append("12.2"))
        self.refuses("CUDA 12.2 is older than 12.4")

    def test_a_test_gpu_that_does_not_exist(self):
        self.edit("tests.json", lambda tests: tests["config"].update(gpuTypeId="NVIDIA RTX 4090"))
        self.refuses('"NVIDIA RTX 4090" is no GPU')

    def test_an_input_that_is_no_job(self):
        self.edit("tests.json", lambda tests: tests["tests"][1].update(input={"text": "Hello"}))
        self.refuses("completes_a_prompt's input must have one of")


if __name__ == "__main__":
    unittest.main()
