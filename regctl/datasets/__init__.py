"""From a source file to prepared arrays: reading, choosing columns, splitting, preparation, and the seal."""
