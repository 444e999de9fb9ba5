"""The Modal file against the real library: unknown parameters, decorators and methods fail when it is loaded.

    modal_file.py ROOT

Nothing of Modal's is asked over the network.
"""

import importlib.util
import pathlib
import sys

sys.dont_write_bytecode = True


def main():
    path = pathlib.Path(sys.argv[1]) / "Deploy/modal/kindling_modal.py"
    spec = importlib.util.spec_from_file_location("kindling_modal", path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        print(f"{path.name}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
