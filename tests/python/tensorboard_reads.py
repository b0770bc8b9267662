"""Reads exported event files with TensorBoard itself; prints each run's scalars as [step, value] by tag.

    python tensorboard_reads.py FOLDER
"""

import json
import sys

from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer as PluginMultiplexer

# What its readers in Python see, and what its own server sees.
found = EventMultiplexer().AddRunsFromDirectory(sys.argv[1]).Reload()
served = PluginMultiplexer().AddRunsFromDirectory(sys.argv[1]).Reload()
document: dict[str, dict[str, list[list[float]]]] = {}
for run, kinds in found.Runs().items():
    document[run] = {tag: [[it.step, it.value] for it in found.Scalars(run, tag)] for tag in kinds["scalars"]}
    assert set(served.PluginRunToTagToContent("scalars")[run]) == set(document[run]), run
print(json.dumps(document))
