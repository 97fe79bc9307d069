"""Survey statistics: weighted rates with intervals that hold; no web, no database."""
