"""Studies: loaded from a folder, exported to one."""
