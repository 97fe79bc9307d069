"""Which answers of a wave look as if nobody had meant them: a pure computation on arrays."""
