"""`make bench`: print every timing and accuracy that docs/benchmarks.md states."""

import os

os.environ["HF_HUB_OFFLINE"] = "1"

from tests.bench import (  # after the setting, which libraries read on import
    commands,
    harness,
    meter_accuracy,
    replay,
    trace,
)

commands.main()
replay.main()
harness.main()
trace.main()
meter_accuracy.main()
