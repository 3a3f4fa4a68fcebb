"""`make bench`: print every timing and accuracy that docs/benchmarks.md states."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"

from tests.bench import commands, harness, meter_accuracy, replay  # after the setting, which libraries read on import

commands.main()
replay.main()
harness.main()
meter_accuracy.main()
