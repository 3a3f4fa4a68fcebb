"""How the libraries behave in every workload: silent but for errors, in the precision that is asked for."""

from __future__ import annotations

import warnings
from typing import Any

from kit.errors import StudyError


def quiet_libraries() -> None:
    """Keep advice of the libraries out of the log; their errors are raised all the same."""
    import diffusers
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    diffusers.logging.set_verbosity_error()
    diffusers.logging.disable_progress_bar()
    warnings.filterwarnings("ignore", module=r"(transformers|diffusers|torch|huggingface_hub)\..*")


def torch_dtype(name: str) -> Any:
    """The torch type of a name.

    Raises:
        StudyError: if there is none.
    """
    import torch

    found = getattr(torch, name, None)
    if not isinstance(found, torch.dtype):
        raise StudyError(f"{name}: no such precision", "use float32, float16 or bfloat16")
    return found
