"""What an environment variable may hold: our own settings as Docs/Configuration.md has them, which a test keeps equal
to the code, and the few variables of others that the image passes on."""

import re
from dataclasses import dataclass

BEGIN, END = "<!-- settings -->", "<!-- end of settings -->"
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


@dataclass(frozen=True)
class Setting:
    """A variable: choices, or a range of whole numbers, or a toggle, or any text."""

    name: str
    choices: frozenset[str] = frozenset()
    least: int | None = None
    most: int | None = None
    is_toggle: bool = False

    def problem(self, value: str) -> str | None:
        """Why the program would not take a value; an empty one counts as unset."""
        if not value:
            return None
        if self.is_toggle and value.lower() not in TRUE | FALSE:
            return f"{self.name} takes 1 or 0, not \"{value}\""
        if self.choices and value not in self.choices:
            return f"{self.name} takes {', '.join(sorted(self.choices))}, not \"{value}\""
        if self.least is not None and self.most is not None:
            if not re.fullmatch(r"-?[0-9]+", value) or not self.least <= int(value) <= self.most:
                return f"{self.name} takes a whole number from {self.least} to {self.most}, not \"{value}\""
        return None


def others(cache_types: set[str]) -> dict[str, Setting]:
    """Variables of Ollama, S3 and OpenTelemetry that a listing may offer."""
    known = [
        Setting("OLLAMA_FLASH_ATTENTION", is_toggle=True),
        Setting("OLLAMA_KV_CACHE_TYPE", choices=frozenset(cache_types)),
        Setting("OLLAMA_MAX_LOADED_MODELS", least=0, most=64),
        Setting("OLLAMA_GPU_OVERHEAD", least=0, most=1 << 40),
        Setting("OLLAMA_SCHED_SPREAD", is_toggle=True),
        Setting("OLLAMA_LLM_LIBRARY"),
        Setting("OLLAMA_LOAD_TIMEOUT"),
        Setting("BUCKET_ENDPOINT_URL"),
        Setting("BUCKET_ACCESS_KEY_ID"),
        Setting("BUCKET_SECRET_ACCESS_KEY"),
        Setting("OTEL_EXPORTER_OTLP_ENDPOINT"),
        Setting("OTEL_EXPORTER_OTLP_HEADERS"),
        Setting("OTEL_SERVICE_NAME"),
    ]
    return {setting.name: setting for setting in known}


def ours(page: str) -> dict[str, Setting]:
    """The settings on the page; aliases are settings, too."""
    if BEGIN not in page or END not in page:
        raise ValueError(f"Docs/Configuration.md lacks the lines {BEGIN} and {END} around its tables")
    found = {}
    for line in page.split(BEGIN)[1].split(END)[0].splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 5 or not cells[1].startswith("`"):
            continue
        for name in re.findall(r"`([A-Z0-9_]+)`", cells[1]):
            found[name] = setting(name, takes=cells[3])
    if not found:
        raise ValueError("Docs/Configuration.md has no settings between its two marks")
    return found


def setting(name: str, takes: str) -> Setting:
    """A setting by the words of its column "takes"."""
    if takes.startswith("1 or 0"):
        return Setting(name, is_toggle=True)
    if bounds := re.search(r"(-?[0-9]+) to ([0-9]+)$", takes):
        return Setting(name, least=int(bounds[1]), most=int(bounds[2]))
    if re.fullmatch(r"[a-z0-9-]+(, [a-z0-9-]+)+", takes):
        return Setting(name, choices=frozenset(takes.split(", ")))
    return Setting(name)
