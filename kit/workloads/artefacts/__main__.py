"""Build one artefact in a process of its own: `python -m kit.workloads.artefacts MODEL --hub DIR`."""

from __future__ import annotations

import argparse
import logging
import os
from pathlib import Path


def main() -> None:
    """Parse, build, print the revision as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--hub", type=Path, required=True)
    parser.add_argument("--scale", default="embedded")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from kit.workloads.artefacts.building import build

    logging.getLogger("transformers").setLevel(logging.ERROR)
    print(build(arguments.model, arguments.hub, scale=arguments.scale, seed=arguments.seed))


if __name__ == "__main__":
    main()
