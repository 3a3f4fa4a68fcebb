"""The whole paper against a stand-in that has its artefacts as public files say they are now."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kit.catalog import load_catalog, load_study
from kit.catalog.pins_file import pins_text, read_pins
from kit.catalog.sources import wanted
from kit.fetch.hub_client import HubClient
from kit.fetch.locking import LockSetting, lock
from kit.model.pins import Choice
from kit.model.study import Dataset
from kit.plan.pinning import pinned
from tests.standin.hub import Commit, StandInHub

DAY = date(2023, 10, 1)
TAKEN_DOWN = (
    "runwayml/stable-diffusion-v1-5",
    "stabilityai/stable-diffusion-2-1",
    "stabilityai/stable-diffusion-2-1-base",
)
SUCCESSORS = ("samsum", "coco2017")
NO_COPY = ("oscar", "visual_genome", "red_caps", "imagereward")
CONVERTED = {"bookcorpus": "plain_text/train/0000.parquet", "conll2003": "conll2003/validation/0000.parquet"}


def put_models(hub: StandInHub) -> None:
    for model in load_catalog().models.values():
        files = {"config.json": model.id.encode(), "model.safetensors": bytes(2_000)}
        hub.model(model.current_id, Commit(DAY, files, sha=model.revision or ""))
        if model.id in TAKEN_DOWN:
            hub.model(model.id, gone=True)
        elif model.id != model.current_id:
            hub.model(model.id, moved_to=model.current_id)


def put_datasets(hub: StandInHub) -> None:
    for dataset in load_catalog().datasets.values():
        script = Commit(DAY, {f"{dataset.key}.py": b"raise SystemExit"}, sha=dataset.revision or "")
        if dataset.key in NO_COPY:
            hub.dataset(dataset.current_id, script)
        elif dataset.key in CONVERTED:
            converted = Commit(DAY, {CONVERTED[dataset.key]: b"PAR1" * 400})
            hub.dataset(dataset.current_id, script, branches={"refs/convert/parquet": [converted]})
        else:
            hub.dataset(dataset.current_id, Commit(DAY, data_of(dataset), sha=dataset.revision or ""))
        if dataset.key in SUCCESSORS:
            hub.dataset(dataset.id, Commit(DAY, {"loader.py": b"raise SystemExit"}))
        elif dataset.id != dataset.current_id:
            hub.dataset(dataset.id, moved_to=dataset.current_id)


def data_of(dataset: Dataset) -> dict[str, bytes]:
    if dataset.key == "diffusiondb":
        return {"metadata.parquet": b"PAR1" * 400, "diffusiondb.py": b"raise SystemExit"}
    config, split = dataset.current_config or dataset.config, dataset.current_split or dataset.split
    folder = "data" if config in (None, "default") else config
    return {f"{folder}/{split}-00000-of-00001.parquet": b"PAR1" * 400, f"{folder}/other-00000.parquet": b"PAR1"}


def test_the_paper_is_pinned_but_for_what_has_no_copy(hub: StandInHub, client: HubClient, tmp_path: Path) -> None:
    put_models(hub)
    put_datasets(hub)
    study = load_study("paper")
    setting = LockSetting(as_of=None, leave_out_gated=False)
    pins = lock("paper", wanted(study), client, setting, lambda *_: None)
    assert {entry.name for entry in pins.unavailable} == set(NO_COPY)
    stood_in = {*TAKEN_DOWN, *SUCCESSORS, *CONVERTED, "diffusiondb"} & {item.name for item in wanted(study)}
    assert {pin.name for pin in pins.artefacts if pin.deviation} == stood_in
    known = {model.id for model in load_catalog().models.values() if model.revision}
    assert {pin.name for pin in pins.artefacts if pin.choice is Choice.KNOWN} >= known & {
        pin.name for pin in pins.artefacts
    }
    assert all(len(pin.files) == (2 if pin.kind.value == "model" else 1) for pin in pins.artefacts)
    path = tmp_path / "pins.json"
    path.write_text(pins_text(pins))
    result = pinned(study, read_pins(path))
    assert len({item.cell.model.id for item in result.cells}) == 88
    assert 0 < len(result.cells) < len(study.cells)
    assert len(result.deviations) == len(study.deviations) + len(stood_in) + len(NO_COPY)
