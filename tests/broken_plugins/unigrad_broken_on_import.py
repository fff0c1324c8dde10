"""A plugin that cannot be imported, for a reason of its own."""

raise RuntimeError("this plugin was written for another version")
