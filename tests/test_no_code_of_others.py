"""Nothing that comes with a model or a data set is ever executed: the kit's code has no way to allow it."""

from __future__ import annotations

import re
from pathlib import Path

KIT = Path(__file__).parents[1] / "kit"
FORBIDDEN = (
    r"trust_remote_code\s*[=:]\s*(?!False\b)",
    r"weights_only\s*=\s*False",
    r"allow_pickle\s*=\s*True",
    r"HF_DATASETS_TRUST_REMOTE_CODE",
    r"(?<!\w)pickle\.",
    r"torch\.load\(",
)


def test_remote_code_and_pickles_are_never_allowed() -> None:
    sources = sorted(KIT.rglob("*.py"))
    assert len(sources) > 100
    for path in sources:
        text = path.read_text(encoding="utf-8")
        for pattern in FORBIDDEN:
            assert re.search(pattern, text) is None, f"{path.relative_to(KIT)}: {pattern}"


def test_every_loading_of_a_model_says_so() -> None:
    text = (KIT / "workloads" / "pipelines.py").read_text(encoding="utf-8")
    assert text.count("trust_remote_code=False") == len(re.findall(r"= pipeline\(|AutoConfig\.from_pretrained\(", text))
