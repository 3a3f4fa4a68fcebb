"""How the libraries behave in every workload: silent but for errors, in the precision that is asked for."""

from __future__ import annotations

import warnings
from typing import Any

from kit.errors import MeasurementError, StudyError
from kit.model.study import Model


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


def synchronize(device: str) -> None:
    """Wait for the GPU; on a CPU everything is done when a call returns."""
    if device == "cuda":
        import torch

        torch.cuda.synchronize()


def load_error(model: Model, error: Exception) -> MeasurementError:
    """The kit's error for a library's, where a model could not be loaded."""
    return MeasurementError(
        f"{model.id}: cannot be loaded: {str(error).splitlines()[0]:.200}",
        "make its artefacts present with `kit fetch`",
    )
