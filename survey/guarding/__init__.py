"""One person, one answer: what is looked at when an answer comes in."""
