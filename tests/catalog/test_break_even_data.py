import pytest

from kit.catalog.break_even_data import (
    DownloadCount,
    load_downloads,
    load_training,
    read_downloads,
    read_training,
)
from kit.catalog.loader import FOLDER
from kit.errors import SchemaError, StudyError


def test_blooms_account_adds_up():
    cluster = load_training().cluster
    assert cluster.gpu_hours * cluster.gpu_power_w / 1000 == pytest.approx(cluster.dynamic_kwh, rel=1e-6)
    assert cluster.dynamic_kwh + cluster.idle_kwh == 689_842
    assert cluster.dynamic_t + cluster.idle_t + cluster.embodied_t == pytest.approx(cluster.total_t, abs=0.05)
    assert cluster.dynamic_kwh * cluster.grid_g_per_kwh / 1e6 == pytest.approx(cluster.dynamic_t, abs=0.005)


def test_the_metered_deployment_gives_the_published_energy_of_a_request():
    deployment = load_training().models["bigscience/bloom"].deployment
    assert round(deployment.inference_kwh, 5) == 0.00396
    assert deployment.net_inference_kwh == pytest.approx(deployment.inference_kwh / 4)


def test_the_four_models_were_downloaded_over_a_million_times_in_november_2023():
    counts = load_downloads()[0]
    assert counts.date == "2023-11"
    assert sum(count.monthly for count in counts.counts.values()) == 1_523_822


def test_every_figure_has_a_source():
    training = load_training()
    for model in training.models.values():
        assert model.training_source
        assert bool(model.fine_tuning_kwh) == bool(model.fine_tuning_source)


def test_the_count_of_30_days_goes_before_the_published_one():
    assert DownloadCount(model="a/b", last_30_days=0, as_published=5).monthly == 0
    assert DownloadCount(model="a/b").monthly is None


def changed(tmp_path, source, old, new):
    text = (FOLDER / source).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "changed.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("training_kwh: 51686", "training_kwh: 0", r"models\[0\].training_kwh"),
        ("training_kwh: 51686", "training_kwh: -1", "training_kwh"),
        ("training_kwh: 51686", "training_kwh: .inf", "training_kwh"),
        ("training_kwh: 51686", "training_kwh: .nan", "training_kwh"),
        ("training_kwh: 51686", "training_kwh: a lot", "training_kwh"),
        ("    training_kwh: 51686\n", "", "training_kwh"),
        ("relative_uncertainty: 0.10", "relative_uncertainty: -0.1", "relative_uncertainty"),
        ("  pue: 1.2", "  pue: 0.9", "cluster.pue"),
        ("parity: 592570000", "parity: 592570000.5", "parity"),
        ("memory_share: 0.75", "memory_share: 1", "memory_share"),
        ("  gpu_hours:", "  gpu_days:", "gpu_"),
        ("bigscience/bloomz-3b", "bigscience/bloomz-7b1", "stands twice"),
        ("bigscience/bloomz-3b", "bigscience bloomz", "not an id"),
        ("schema: 1", "schema: 0", "schema"),
        ("schema: 1", "schema: one", "schema"),
    ],
)
def test_a_mistake_in_the_training_energies_is_named_with_file_and_key(tmp_path, old, new, named):
    path = changed(tmp_path, "training.yaml", old, new)
    with pytest.raises(StudyError, match=named) as caught:
        read_training(path)
    assert str(path) in caught.value.message


def test_training_energies_without_a_model_are_refused(tmp_path):
    text = (FOLDER / "training.yaml").read_text(encoding="utf-8")
    path = tmp_path / "none.yaml"
    path.write_text(text[: text.index("models:")] + "models: []\n", encoding="utf-8")
    with pytest.raises(StudyError, match="holds no model"):
        read_training(path)


@pytest.mark.parametrize("content", ["", "[]", "a: 1"])
def test_a_file_of_another_shape_is_refused(tmp_path, content):
    path = tmp_path / "other.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StudyError):
        read_training(path)


def test_a_newer_schema_is_refused_as_such(tmp_path):
    with pytest.raises(SchemaError, match="schema 2"):
        read_training(changed(tmp_path, "training.yaml", "schema: 1", "schema: 2"))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("as_published: 606096", "as_published: -1", r"counts\[0\].as_published"),
        ("as_published: 606096", "as_published: 1.5", "as_published"),
        ('date: "2023-11"', "date: November", "no date"),
        ("bigscience/bloomz-3b", "bigscience/bloomz-7b1", "stands twice"),
    ],
)
def test_a_mistake_in_the_download_counts_is_named_with_file_and_key(tmp_path, old, new, named):
    with pytest.raises(StudyError, match=named):
        read_downloads(changed(tmp_path, "downloads/2023-11.yaml", old, new))


def test_a_folder_that_is_not_there_adds_no_counts(tmp_path):
    assert load_downloads(tmp_path / "none") == load_downloads()
