"""A rehearsal: simulated copies of a study's population through its own design and estimates."""
