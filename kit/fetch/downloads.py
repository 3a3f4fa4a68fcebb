"""Download counts of today, read from the Hub and stored beside those of other days."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import yaml

from kit.catalog.break_even_data import SCHEMA, DownloadCount, DownloadCounts
from kit.errors import InputError, NetworkError, StorageError
from kit.fetch.hub_errors import endpoint, missing_client, require_online
from kit.files import make_folder, write_text

TIMEOUT_S: Final = 20.0
MOST: Final = 10**15
"""A count above this is no count of downloads."""


def today() -> date:
    """The day in UTC, which dates the counts."""
    return datetime.now(UTC).date()


def read_counts(models: Sequence[str], day: date) -> DownloadCounts:
    """Downloads of the last 30 days and of all time, of each model, as the Hub has them now.

    `HF_ENDPOINT` names another Hub.

    Raises:
        NetworkError: if the Hub cannot be reached, does not answer in time, or is not to be asked.
        InputError: if it does not know a model, or answers with something else than counts.
        PlatformError: if huggingface_hub is not installed.
    """
    require_online(os.environ, "to read today's counts")
    address = endpoint(os.environ)
    counts = {model: _read_count(model, address) for model in models}
    return DownloadCounts(date=day.isoformat(), source=f"the Hub's interface at {address}", counts=counts)


def store_counts(counts: DownloadCounts, folder: Path) -> Path:
    """Write counts as `<date>.yaml` into a folder, beside older ones; an existing file is never changed.

    Raises:
        StorageError: if that day's file is there already, or the folder cannot be written.
    """
    path = make_folder(folder) / f"{counts.date}.yaml"
    if path.exists():
        raise StorageError(f"{path}: is there already and is not overwritten", "it holds this day's counts; use it")
    entries = [
        {"model": count.model, "last_30_days": count.last_30_days, "all_time": count.all_time}
        for count in counts.counts.values()
    ]
    content = {"schema": SCHEMA, "date": counts.date, "source": counts.source, "counts": entries}
    write_text(path, yaml.safe_dump(content, sort_keys=False, allow_unicode=True))
    return path


def _read_count(model: str, address: str) -> DownloadCount:
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError
        from requests.exceptions import RequestException
    except ImportError as error:
        raise missing_client(error) from error
    try:
        info = HfApi(endpoint=address, token=False).model_info(
            model, expand=["downloads", "downloadsAllTime"], timeout=TIMEOUT_S
        )
    except RepositoryNotFoundError as error:
        raise InputError(f"{model}: the Hub at {address} does not know it", "check its id in training.yaml") from error
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "no status"
        raise NetworkError(f"{model}: the Hub at {address} answers with {status}", "try again later") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        # No JSON, JSON that is no model, or an address that is none: the client lets each of them through as it comes.
        raise InputError(f"{model}: {address} does not answer as the Hub does", "check HF_ENDPOINT") from error
    except RequestException as error:
        raise NetworkError(
            f"the Hub at {address} cannot be reached ({type(error).__name__})",
            "connect this machine to the network; the counts that are stored stay usable offline",
        ) from error
    return DownloadCount(
        model=model,
        last_30_days=_tally(model, "downloads", info.downloads),
        all_time=_tally(model, "downloadsAllTime", info.downloads_all_time),
    )


def _tally(model: str, name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise InputError(f"{model}, {name}: {value!r:.40} is no count", "the Hub's interface may have changed")
    return value
